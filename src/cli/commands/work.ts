import { type EmptyCommand, examples } from '../commands.ts'
import { withWorkerOptions } from '../work/options.ts'

export function define(command: EmptyCommand): void {
  withWorkerOptions(command)
    .addHelpText(
      'after',
      `
Without --daemon it runs the next job and ends; it waits up to --sleep for one.
Exit codes: 0 done, 1 an error or a job that outlived its time-out, 2 wrong usage, 12 memory limit.
Signals: TERM, INT and QUIT stop (twice: at once), USR2 pauses, CONT resumes.
${examples(
  'work',
  'work --daemon --queue reserve_notice',
  'work --daemon --queue high,low --concurrency 10 --tries 3 --backoff 3,10,60',
  'work --stop-when-empty -v',
)}`,
    )
    .action(async (_, self) => {
      const flags = self.optsWithGlobals()
      if (flags.listened) return (await import('../work/listened.ts')).listened(flags)
      const { work } = await import('../work/work.ts')
      await work(flags)
    })
}
