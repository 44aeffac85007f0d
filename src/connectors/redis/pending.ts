import type { Command } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import type { Argument } from './link.ts'
import type { Script } from './script.ts'

/** How long a command may take, waiting for a lost connection included. */
export const usualDeadlineMs: Ms = 5_000

/** One command between its call and its answer. */
export class Pending {
  readonly promise: Promise<unknown>
  readonly name: string
  readonly args: readonly Argument[]
  /** `utf8` for texts, null for Buffers. */
  readonly encoding: 'utf8' | null
  /** When it is given up, monotonic. */
  readonly deadlineAt: Ms
  readonly deadlineMs: Ms
  /** What to run in full when the server has forgotten it. */
  script: Script | undefined
  /** What ioredis holds of it; undefined: it was not sent. */
  sent: Command | undefined
  resolve!: (answer: unknown) => void
  reject!: (error: Error) => void

  constructor(
    name: string,
    args: readonly Argument[],
    encoding: 'utf8' | null,
    deadlineMs: Ms,
    script?: Script,
  ) {
    this.name = name
    this.args = args
    this.encoding = encoding
    this.script = script
    this.deadlineMs = deadlineMs
    this.deadlineAt = performance.now() + deadlineMs
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** The keys it names, as far as can be told. */
  get keys(): readonly string[] {
    const keys = /^EVAL/.test(this.name)
      ? this.args.slice(2, 2 + Number(this.args[1]))
      : this.args.slice(0, 1)
    return keys.map(String)
  }
}

/** The call of a script by its digest. */
export function evaluation(
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
  deadlineMs: Ms,
): Pending {
  return new Pending('EVALSHA', [script.sha, keys.length, ...keys, ...args], 'utf8', deadlineMs, script)
}
