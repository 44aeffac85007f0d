import type { Ledger, Run } from './ledger.ts'
import { leaseMs } from './machine.ts'
import { jobIn, type World } from './world.ts'

/** What came of the jobs of a world that has ended. */
export interface Account {
  readonly acked: number
  readonly runs: number
  readonly failed: number
  /** Runs after one that had ended well. */
  readonly repeated: number
  readonly troubles: number
  /** All that must not be, in words. */
  readonly wrong: readonly string[]
}

export async function accountOf({ ledger, producer, outbox }: World): Promise<Account> {
  const failed = (await producer.failed.all()).map(({ body }) => jobIn(body))
  const size = await producer.size('default')
  const rows = (await outbox?.database.call((real) => real.query('SELECT mark FROM queue_outbox'))) ?? []
  const runs = [...ledger.acked].map((job) => runsOf(ledger, job))
  const wrong = [
    ...said(size.ready + size.delayed + size.reserved > 0, `jobs are stuck: ${JSON.stringify(size)}`),
    ...said(rows.length > 0, `${rows.length} jobs are stuck in the outbox`),
    ...said(new Set(failed).size < failed.length, `a job failed twice: ${failed}`),
    ...said(ledger.stale > 0, `${ledger.stale} stale settlements were accepted`),
    ...said(ledger.untrue.length > 0, `jobs were told that they are deleted: ${ledger.untrue}`),
    ...said(ledger.forked.length > 0, `jobs came out of the outbox twice: ${ledger.forked}`),
    ...[...ledger.undone].flatMap((job) => said(ledger.runs.has(job), `job ${job} ran and was never pushed`)),
    ...[...ledger.acked].flatMap((job) => said(!hasEnded(ledger, job, failed), `job ${job} is lost`)),
    ...runs.flatMap((each) => unexplained(ledger, each)),
  ]
  return {
    acked: ledger.acked.size,
    runs: sum(runs.map(({ length }) => length)),
    failed: failed.length,
    repeated: sum(runs.map((each) => each.slice(0, -1).filter(({ end }) => end === 'done').length)),
    troubles: ledger.troubles.length,
    wrong,
  }
}

function hasEnded(ledger: Ledger, job: number, failed: readonly number[]): boolean {
  return failed.includes(job) || runsOf(ledger, job).some(({ end }) => end === 'done')
}

/** Runs after one that neither asked for it nor met with anything. */
function unexplained(ledger: Ledger, runs: readonly Run[]): readonly string[] {
  return runs.slice(1).flatMap((run, at) => {
    const before = runs[at]!
    if (before.end === 'threw' || before.end === 'released') return []
    return said(
      !isExplained(ledger, before, run),
      `job ${run.job} ran again without a cause: ${JSON.stringify(runs)}`,
    )
  })
}

/** Something befell the machine that had it while it did, or its code hung until the time-out. */
function isExplained(ledger: Ledger, before: Run, again: Run): boolean {
  const end = Math.min(before.endedAt + leaseMs, again.startedAt)
  return before.endedAt === Infinity || ledger.wasTroubled(before.machine, before.startedAt, end)
}

function runsOf(ledger: Ledger, job: number): readonly Run[] {
  return ledger.runs.get(job) ?? []
}

function said(isSo: boolean, what: string): readonly string[] {
  return isSo ? [what] : []
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
