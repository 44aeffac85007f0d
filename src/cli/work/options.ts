import { Option } from '@commander-js/extra-typings'
import type { Isolation } from '../../contract/job.ts'
import { asTyped, type EmptyCommand } from '../commands.ts'

/** The flags of `queue work`, which `queue listen` takes too. Their texts are read by `flags.ts` when the command runs. */
export function withWorkerOptions(command: EmptyCommand) {
  return command
    .option('--queue <names>', 'queues to take from, such as a,b: b only while a is empty')
    .option('--daemon', 'keep running')
    .option('--once', 'run one job at most, whatever else is said')
    .option('--tries <n>', 'deliveries before a job is buried, 0: for ever (default: configuration, else 0)')
    .option('--timeout <s>', 'longest run of one job, 0: no limit (default: configuration, else 60)')
    .option('--delay <s>', 'wait before a failed job is tried again (default: configuration, else 0)')
    .option('--backoff <list>', 'the same for each attempt: 3,10,60 or exponential; beats --delay')
    .option('--concurrency <n>', 'jobs at once (default: configuration, else 1)')
    .option(
      '--prefetch <n>',
      'most jobs reserved ahead while jobs are quick, 0: none (default: by the store)',
    )
    .option('--sleep <s>', 'longest wait when nothing is there (default: configuration, else 3)')
    .option('--rest <s>', 'pause between jobs (default: configuration, else 0)')
    .option('--memory <MB>', 'end with code 12 above it, 0: no limit (default: configuration, else 128)')
    .option('--max-jobs <n>', 'end after so many jobs; keeps running until then')
    .option('--max-time <s>', 'end after so long; keeps running until then')
    .option('--stop-when-empty', 'end when nothing is due; keeps running until then')
    .option('--grace <s>', 'what running jobs are given after a stop signal (default: the time-out)')
    .addOption(
      new Option('--isolate <where>', 'run jobs beside the worker')
        .choices(['thread', 'process'] satisfies readonly Isolation[])
        .argParser(asTyped),
    )
    .option('--force', 'run even when the queues are paused')
    .option('--name <worker>', 'what the log lines and queue workers call it (default: host:pid)')
    .option('--exclusive', 'do not start while another worker takes jobs from one of the queues')
    .option('--quiet', 'say only what went wrong')
    .option('-v, --verbose', 'say more: ids, queues, attempts, starts, stacks')
    .option('--json', 'JSON lines on a terminal too')
    .addOption(new Option('--listened', 'started by queue listen for one job').hideHelp())
}
