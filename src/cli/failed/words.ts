import type { FailedJob } from '../../contract/connector.ts'
import { jobNameOf } from '../../payload.ts'
import { Exit } from '../failure.ts'
import { complain, oneLine } from '../output.ts'
import { redact } from '../secrets.ts'

export function counted(count: number): string {
  return count === 1 ? '1 failed job' : `${count} failed jobs`
}

/** Says which of the ids are not known, and ends with code 1, when there are such. */
export function refuseMissing(ids: readonly string[], known: readonly string[]): void {
  const there = new Set(known)
  const missing = ids.filter((id) => !there.has(id))
  if (missing.length === 0) return
  complain(`no failed job has the id ${missing.map(oneLine).join(', ')}`)
  throw new Exit(1)
}

/** As one line of JSON. The payload is the job's own, byte for byte. */
export function record({ id, connection, queue, body, reason, failedAt }: FailedJob) {
  const job = jobNameOf(body)
  return {
    id,
    connection,
    queue,
    job,
    failedAt: new Date(failedAt).toISOString(),
    error: redact(reason),
    payload: body,
  }
}
