import type { WorkCommandFlags } from './flags.ts'

/** Flags that a child does not take over: how long to listen is the parent's affair. */
const ownFlags = [
  'daemon',
  'once',
  'maxJobs',
  'maxTime',
  'stopWhenEmpty',
  'concurrency',
  'prefetch',
  'rest',
  'exclusive',
  'config',
  'color',
]

/** The command line of a listener's child. It ends when nothing comes only where the listener does. */
export function childArguments(typed: WorkCommandFlags, config: string | null): readonly string[] {
  const endsEmpty = typed.once || typed.stopWhenEmpty
  const args = ['work', '--listened', endsEmpty ? '--once' : '--max-jobs=1']
  if (config !== null) args.push(`--config=${config}`)
  if (!typed.color) args.push('--no-color')
  for (const [key, value] of Object.entries(typed)) {
    if (value === undefined || ownFlags.includes(key)) continue
    const flag = `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
    args.push(value === true ? flag : `${flag}=${value}`)
  }
  return args
}
