import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Ms } from '../../contract/time.ts'
import { onNpmGone } from '../../process/parent.ts'
import { obeySignals, onHangUp } from '../../process/signals.ts'
import { Exit } from '../failure.ts'
import { type Start, stopText } from '../work/banner.ts'
import { closed } from '../work/closing.ts'
import type { WorkCommandFlags } from '../work/flags.ts'
import { signalTexts } from '../work/signal-texts.ts'
import type { Voice } from '../work/voice.ts'
import { memberArguments } from './arguments.ts'
import { Returns } from './returns.ts'
import { Supervisor } from './supervisor.ts'

type JobsFound = Pick<Start, 'jobs' | 'faults'>

interface Supervision {
  readonly typed: WorkCommandFlags
  readonly context: Context
  readonly options: WorkerOptions
  readonly voice: Voice
  readonly processes: number
}

/** What the parent takes beyond the time of its workers. */
const beyondWorkersMs: Ms = 4_000

/** Keeps several workers going until something stops them; ends with the worst exit code among them. */
export async function supervise(supervision: Supervision): Promise<void> {
  const { context, options, voice, typed, processes } = supervision
  const { log } = voice
  const { file } = context.config
  const connector = context.pull()
  const supervisor = new Supervisor({
    processes,
    args: (name) => memberArguments(process.argv.slice(2), typed, file, name),
    log,
    graceMs: options.graceMs,
    isRefilled: typed.daemon ?? false,
    returns: new Returns({ connector, clock: context.clock, log, expireMs: options.expireMs }),
    loaded: introduction(supervision),
  })
  const ends = stopCauses(supervisor, supervision)
  const { reason, code } = await supervisor.run()
  for (const end of ends) end()
  await closed(context)
  voice.finish(reason, stopText(reason, options))
  if (code !== 0) throw new Exit(code)
}

/** The first worker to have loaded its jobs lets the parent say what all are; what is wrong with the jobs is said once each. */
function introduction({ voice, context, options, processes }: Supervision): (found: JobsFound) => void {
  const said = new Set<string>()
  let isFirst = true
  return ({ jobs, faults }) => {
    const fresh = faults.filter(({ message }) => !said.has(message))
    for (const { message } of fresh) said.add(message)
    if (isFirst) voice.introduce({ context, options, processes, jobs, faults: fresh })
    else voice.complain(fresh)
    isFirst = false
  }
}

/** What reaches the workers through the parent; each answer takes one of them away again. */
function stopCauses(supervisor: Supervisor, { options, voice }: Supervision): readonly (() => void)[] {
  const { log } = voice
  const heard = (signal: NodeJS.Signals, what: keyof typeof signalTexts) =>
    log.info(`${signal}: ${signalTexts[what]}`)
  const hangUp = () => {
    // A terminal that was closed says the same as one who wants new code.
    if (process.stdout.isTTY) supervisor.stop()
    else supervisor.restart('SIGHUP')
  }
  return [
    obeySignals(supervisor, { graceMs: options.graceMs + beyondWorkersMs, heard }),
    onHangUp(hangUp),
    onNpmGone(() => {
      log.warn('the process that started this worker is gone: finishing what runs')
      supervisor.stop()
    }),
  ]
}
