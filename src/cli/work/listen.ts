import { onNpmGone } from '../../process/parent.ts'
import { onPauseSignal, onStopSignal } from '../../process/signals.ts'
import { Exit } from '../failure.ts'
import { Returns } from '../pool/returns.ts'
import { redact } from '../secrets.ts'
import { contextOf } from '../session.ts'
import { stopText } from './banner.ts'
import { type WorkCommandFlags, workerFlags } from './flags.ts'
import { Listener } from './listener.ts'
import { Presence } from './presence.ts'
import { Voice } from './voice.ts'
import { checkedOptions } from './work.ts'

/** Runs each job in a fresh process until a signal or a limit ends it; the exit code is that of the last child. */
export async function listen(typed: WorkCommandFlags): Promise<void> {
  const env = { ...process.env }
  const flags = workerFlags(typed)
  const context = await contextOf(typed)
  const connector = context.pull()
  // How many jobs are run is the listener's affair: each child runs one.
  const options = checkedOptions(context, { ...flags, once: false })
  const voice = new Voice(typed)
  const { registry, problems } = await context.jobs()
  const faults = problems.map(({ message }) => redact(message))
  const { log } = voice
  const presence = new Presence({ context, options, typed, log, command: 'listen' })
  if (typed.exclusive) await presence.beAloneAtLast()
  const returns = new Returns({ connector, clock: context.clock, log, expireMs: options.expireMs })
  const listener = new Listener({
    typed,
    config: context.config.file,
    options,
    env,
    faults,
    log,
    connector,
    returns,
  })
  const ends = [
    onStopSignal((signal) => listener.stop(signal)),
    onPauseSignal(
      () => listener.pause(),
      () => listener.resume(),
    ),
    onNpmGone(() => listener.stop('SIGTERM')),
  ]
  voice.introduce({ context, options, jobs: registry.entries.length, faults: problems })
  voice.listen(context)
  returns.prepare()
  presence.begin(() => listener.doings)
  if (!typed.once) void presence.sayWhoElse()
  const { reason, code } = await listener.run()
  for (const end of ends) end()
  await presence.end()
  await connector.close()
  voice.finish(reason, stopText(reason, options))
  if (code !== 0) throw new Exit(code)
}
