import type { JobEvent, Outcome } from '../../contract/events.ts'
import type { Emitter } from '../../emitter.ts'
import type { Log } from '../../process/log.ts'
import { shortened } from '../output.ts'
import { redact } from '../secrets.ts'

/** Characters of a job's name in a line of the log: others chose it. */
export const longestName = 200

export interface JobRecordOptions {
  readonly verbose: boolean
  readonly quiet: boolean
}

/** One record in the log for each run, never with what the job was given. */
export function recordJobs(emitter: Emitter, log: Log, { verbose, quiet }: JobRecordOptions): void {
  if (verbose && !quiet) emitter.on('job:processing', (event) => log.debug(jobFields(event), 'running'))
  if (!quiet) {
    emitter.on('job:processed', (event) => {
      const { durationMs, outcome, delayMs } = event
      log.info({ ...jobFields(event), durationMs: rounded(durationMs), outcome, delayMs }, texts[outcome])
    })
  }
  emitter.on('job:error', (event) => {
    const { durationMs, error, willRetry, delayMs } = event
    log.error(
      {
        ...jobFields(event),
        durationMs: rounded(durationMs),
        willRetry,
        delayMs,
        error: redact(error.message),
        ...(verbose && error.stack !== undefined ? { stack: redact(error.stack) } : {}),
      },
      'error',
    )
  })
}

const texts: Readonly<Record<Outcome, string>> = {
  deleted: 'done',
  released: 'released',
  failed: 'failed',
  unsettled: 'unsettled',
}

/** What says which delivery a record is about. */
export function jobFields({ name, id, queue, attempts }: JobEvent) {
  return { job: shortened(name, longestName), id, queue, attempts }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
