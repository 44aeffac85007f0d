import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Ms } from '../../contract/time.ts'
import { onNpmGone } from '../../process/parent.ts'
import { obeySignals, onHangUp } from '../../process/signals.ts'
import { Exit } from '../failure.ts'
import { aboutOf } from '../http/about.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { oneLine } from '../output.ts'
import { type Start, stopText } from '../work/banner.ts'
import { closed } from '../work/closing.ts'
import type { WorkCommandFlags } from '../work/flags.ts'
import { Presence } from '../work/presence.ts'
import { signalTexts } from '../work/signal-texts.ts'
import type { Voice } from '../work/voice.ts'
import { Balancer } from './balancer.ts'
import type { Plan, PoolPlan } from './plan.ts'
import { Returns } from './returns.ts'
import { Supervisor } from './supervisor.ts'

type JobsFound = Pick<Start, 'jobs' | 'faults'>

interface Supervision {
  readonly typed: WorkCommandFlags
  readonly context: Context
  readonly options: WorkerOptions
  readonly voice: Voice
  readonly plan: Plan
  /** Where health and metrics of all workers are served. */
  readonly endpoint: Endpoint | undefined
}

/** What the parent takes beyond the time of its workers. */
const beyondWorkersMs: Ms = 4_000

/** Keeps several workers going until something stops them; ends with the worst exit code among them. */
export async function supervise(supervision: Supervision): Promise<void> {
  const { context, options, voice, typed, plan, endpoint } = supervision
  const { log } = voice
  const connector = context.pull()
  const presence = presenceOf(supervision)
  if (typed.exclusive) await presence.beAloneAtLast()
  const returns = new Returns({ connector, clock: context.clock, log, expireMs: options.expireMs })
  const supervisor = new Supervisor({
    plan,
    line: { argv: process.argv.slice(2), typed, config: context.config.file },
    log,
    isRefilled: typed.daemon ?? false,
    returns,
    loaded: introduction(supervision),
    // Its workers are listed from then on.
    ready: () => void presence.end(),
  })
  const ends = stopCauses(supervisor, supervision)
  const balancer = typed.daemon ? balancerOf(supervisor, supervision) : undefined
  endpoint?.tellOf({
    reports: () => supervisor.reports(),
    connector,
    clock: context.clock,
    queues: queuesOf(plan),
    about: aboutOf(context),
  })
  returns.prepare()
  void presence.sayWhoElse()
  balancer?.start()
  const { reason, code } = await supervisor.run()
  balancer?.stop()
  endpoint?.close()
  for (const end of ends) end()
  await presence.end()
  await closed(context)
  voice.finish(reason, stopText(reason, options))
  if (code !== 0) throw new Exit(code)
}

/** The parent looks around for all of its workers, each of which is listed by itself. */
function presenceOf({ context, options, voice, typed, plan }: Supervision): Presence {
  const shown = { ...options, queues: queuesOf(plan) }
  return new Presence({ context, options: shown, typed, log: voice.log, command: 'work' })
}

function queuesOf({ pools }: Plan): readonly string[] {
  return [...new Set(pools.flatMap(({ options }) => options.queues))]
}

/** The first worker to have loaded its jobs lets the parent say what all are; what is wrong with the jobs is said once each. */
function introduction({ voice, context, options, plan }: Supervision): (found: JobsFound) => void {
  const said = new Set<string>()
  const queues = queuesOf(plan)
  const processes = plan.pools.reduce((sum, { min }) => sum + min, 0)
  let isFirst = true
  return ({ jobs, faults }) => {
    const fresh = faults.filter(({ message }) => !said.has(message))
    for (const { message } of fresh) said.add(message)
    if (isFirst) {
      voice.introduce({ context, options: { ...options, queues }, processes, jobs, faults: fresh })
      for (const pool of plan.pools) if (pool.name !== null) voice.log.info(poolText(pool))
    } else voice.complain(fresh)
    isFirst = false
  }
}

function poolText({ name, min, max, options }: PoolPlan): string {
  const workers = min === max ? `${min}` : `${min} to ${max}`
  return oneLine(
    `pool ${name}: ${workers} workers of concurrency ${options.concurrency} for ${options.queues.join(', ')}`,
  )
}

/** What moves workers between pools; undefined where their number is fixed. */
function balancerOf({ pools }: Supervisor, { context, voice, plan }: Supervision): Balancer | undefined {
  if (plan.pools.every(({ min, max }) => min === max)) return undefined
  const { every, cooldown } = context.config.processes
  return new Balancer({
    pools,
    connector: context.pull(),
    control: context.control(),
    clock: context.clock,
    log: voice.log,
    everyMs: every * 1_000,
    limits: { total: plan.total, cooldownMs: cooldown * 1_000 },
  })
}

/** What reaches the workers through the parent; each answer takes one of them away again. */
function stopCauses(supervisor: Supervisor, { plan, voice }: Supervision): readonly (() => void)[] {
  const { log } = voice
  const graceMs = Math.max(...plan.pools.map(({ options }) => options.graceMs))
  const heard = (signal: NodeJS.Signals, what: keyof typeof signalTexts) =>
    log.info(`${signal}: ${signalTexts[what]}`)
  const hangUp = () => {
    // A terminal that was closed says the same as one who wants new code.
    if (process.stdout.isTTY) supervisor.stop()
    else supervisor.restart('SIGHUP')
  }
  return [
    obeySignals(supervisor, { graceMs: graceMs + beyondWorkersMs, heard }),
    onHangUp(hangUp),
    onNpmGone(() => {
      log.warn('the process that started this worker is gone: finishing what runs')
      supervisor.stop()
    }),
  ]
}
