import type { Ms } from '../../contract/time.ts'
import type { Log } from '../../process/log.ts'
import type { ChildJob } from '../../process/supervisor.ts'
import { duration, oneLine, shortened } from '../output.ts'
import { longestName } from './job-records.ts'
import { blockedText, blocksText } from './stall-texts.ts'

/** What a listener says of the job of a child that lets nothing else run there. */
export function childVoice(log: Log) {
  return {
    blocked: (job: ChildJob, blockedMs: Ms) =>
      log.warn(fieldsOf(job, { blockedMs }), blocksText(nameOf(job), blockedMs)),
    unblocked: (job: ChildJob, blockedMs: Ms) =>
      log.warn(fieldsOf(job, { blockedMs }), blockedText(nameOf(job), blockedMs)),
    killed: (job: ChildJob, timeoutMs: Ms) =>
      log.error(
        fieldsOf(job),
        `${nameOf(job)} was killed: it blocked beyond its time-out of ${duration(timeoutMs)}`,
      ),
  }
}

function nameOf({ name }: ChildJob): string {
  return oneLine(shortened(name, longestName))
}

function fieldsOf({ name, reservation }: ChildJob, { blockedMs }: { readonly blockedMs?: Ms } = {}) {
  const known = reservation && { id: reservation.id, queue: reservation.queue }
  return { job: name, ...known, ...(blockedMs !== undefined && { blockedMs: Math.round(blockedMs) }) }
}
