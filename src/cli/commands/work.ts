import { Option } from '@commander-js/extra-typings'
import { type EmptyCommand, examples } from '../commands.ts'
import { withWorkerOptions } from '../work/options.ts'

export function define(command: EmptyCommand): void {
  withWorkerOptions(command)
    .option('--processes <n>', 'worker processes kept going by this one (default: configuration, else 1)')
    .option(
      '--http <host:port>',
      'serve /healthz, /readyz and /metrics there (default: configuration, else nowhere)',
    )
    .addOption(new Option('--pooled', 'started by queue work as one of several').hideHelp())
    .addOption(new Option('--pool <name>', 'whose settings it takes').hideHelp())
    .addHelpText(
      'after',
      `
Without --daemon it runs the next job and ends; it waits up to --sleep for one.
Exit codes: 0 done, 1 an error or a job that outlived its time-out, 2 wrong usage, 12 memory limit.
Signals: TERM, INT and QUIT stop (twice: at once), USR2 pauses, CONT resumes.

With --processes it runs no job itself: it keeps so many workers going, each with these flags and a name that ends in /1, /2, …
With --daemon one that crashed, or ended by --max-jobs, --max-time or --memory, is replaced; with --stop-when-empty all end when
nothing is due. What a killed one ran goes back to the queue at once, its attempt spent. HUP and queue restart bring up new
workers, with the code as it is on disk, before the old ones finish.

With --http, such as 127.0.0.1:9464, health and metrics of all these workers are served in one place; an address that others can
reach needs QUEUE_WORKER_HTTP_TOKEN, which readers send as a bearer token.
${examples(
  'work',
  'work --daemon --queue reserve_notice',
  'work --daemon --queue high,low --concurrency 10 --tries 3 --backoff 3,10,60',
  'work --daemon --processes 4 --max-time 3600',
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
