import { phpFixture } from '../../payload/fixtures.ts'
import type { WorkOptions } from '../wire-work.ts'
import type { PhpSide } from './wire-store.ts'

/** One step of a recorded scenario: what was run, every Redis command it sent, and what was stored after it. */
export interface Step {
  readonly step: string
  readonly cmd: string
  readonly out: readonly string[]
  readonly commands: readonly string[]
  readonly state: readonly string[]
}

export interface Scenario {
  /** Its letter: `A`, `D2`. */
  readonly letter: string
  readonly title: string
  readonly steps: readonly Step[]
}

/** A member and where it is; scores are seconds from the moment they are looked at. */
export interface Place {
  readonly key: string
  readonly member: string
  readonly dueIn?: number
}

interface Recorded {
  readonly scenarios: readonly { readonly scenario: string; readonly steps: readonly Step[] }[]
}

/** The 25 scenarios, as the real library played them. */
export function scenarios(): readonly Scenario[] {
  return phpFixture<Recorded>('lifecycle_redis').scenarios.map(({ scenario, steps }) => {
    const letter = scenario.replace(/[ .(:].*/s, '')
    return { letter, title: scenario, steps: steps.map((each) => each) }
  })
}

/** A command as MONITOR prints it. */
export function wordsOf(command: string): readonly Buffer[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, word]) => unescaped(word!))
}

function unescaped(word: string): Buffer {
  const simple: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }
  const bytes = word.replace(/\\(x[0-9a-f]{2}|.)/gs, (_, what: string) =>
    what.length === 3 ? String.fromCharCode(Number.parseInt(what.slice(1), 16)) : (simple[what] ?? what),
  )
  return Buffer.from(bytes, 'latin1')
}

/** When PHP's host took the step, unix time. */
export function timeOf({ commands, out }: Step): number {
  const asked = commands.map((command) => /^"ZRANGEBYSCORE" .* "(\d+)"$/.exec(command)?.[1]).filter(Boolean)
  const pushed = /"time_before":(\d+)/.exec(out.join())?.[1]
  return Number(asked.at(-1) ?? pushed ?? Number.NaN)
}

/** Sends what PHP sent, times moved to now; answers the replies. */
export async function replay(
  php: PhpSide,
  step: Step,
  commands: readonly string[] = step.commands,
): Promise<readonly unknown[]> {
  const shift = Math.floor(await php.now()) - timeOf(step)
  const replies: unknown[] = []
  for (const command of commands) {
    const [name, ...args] = wordsOf(command)
    replies.push(await php.send(String(name), ...args.map((arg) => moved(arg, shift))))
  }
  return replies
}

/** Ten digits are a time of the recording; members and names are never that. */
function moved(arg: Buffer, shift: number): Buffer | string {
  const text = arg.toString()
  return /^\d{10}$/.test(text) ? String(Number(text) + shift) : arg
}

/** What was stored after a step. */
export function recordedPlaces(step: Step): readonly Place[] {
  return step.state.flatMap((line) => {
    const [, key, type, rest] = /^(\S+) (list|zset) (.*)\|$/s.exec(line) as unknown as string[]
    const parts = rest!.split('|')
    if (type === 'list') return parts.map((member) => ({ key: key!, member }))
    return parts.flatMap((member, at) =>
      at % 2 === 1 ? [] : [{ key: key!, member, dueIn: Number(parts[at + 1]) - timeOf(step) }],
    )
  })
}

/** What is stored now. */
export async function places(php: PhpSide): Promise<readonly Place[]> {
  const now = await php.now()
  return Object.entries(await php.state()).flatMap(([key, members]) =>
    members.map(({ base64, score }) => {
      const member = Buffer.from(base64, 'base64').toString()
      return score === undefined ? { key, member } : { key, member, dueIn: score - now }
    }),
  )
}

/** The flags of the recorded worker, for one of ours. */
export function flagsOf({ cmd }: Step): WorkOptions {
  const flag = (name: string) => new RegExp(`--${name}=(\\S+)`).exec(cmd)?.[1]
  const expire = flag('expire') ?? '60'
  const delayMs = Number(flag('delay') ?? 0) * 1_000
  return {
    once: true,
    maxJobs: 1,
    sleepMs: Number(flag('sleep') ?? 3) * 1_000,
    queues: (flag('queue') ?? 'default').split(','),
    tries: Number(flag('tries') ?? 0),
    expireMs: expire === 'null' ? null : Number(expire) * 1_000,
    backoffMs: () => delayMs,
  }
}

/** What PHP's worker reserved in a step, and how it settled it. */
export interface Handled {
  readonly queue: string
  readonly member: string
  /** The commands by which it removed and perhaps delayed the member. */
  readonly settling: readonly string[]
  /** After how many seconds the released member is due; undefined: it was deleted. */
  readonly delay: number | undefined
}

/** Null when the step reserved nothing, or left what it reserved. */
export function handled(step: Step): Handled | null {
  const at = step.commands.findIndex((command) => /^"ZADD" "[^"]*:reserved"/.test(command))
  const settling = step.commands.slice(at + 1, at + 3).filter((command) => /^"(ZREM|ZADD)" /.test(command))
  if (at === -1 || settling.length === 0) return null
  const [, key, , member] = wordsOf(step.commands[at]!)
  const [, , due] = settling[1] === undefined ? [] : wordsOf(settling[1])
  return {
    queue: String(key).replace(/^queues:|:reserved$/g, ''),
    member: String(member),
    settling,
    delay: due === undefined ? undefined : Number(due) - timeOf(step),
  }
}
