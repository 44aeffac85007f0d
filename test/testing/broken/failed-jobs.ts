import type { FailedJob, PullConnector } from '../../../src/contract/connector.ts'
import { altered, type Defect, defect, reencoded } from './defect.ts'

const buried = 'burying moves a job to the failed jobs, with its bytes, queue, reason and time'
const retried = 'a retry puts the job back into its queue, due now, with its bytes and its attempts anew'
const paged = 'the list is read page by page, without a gap or a repetition, whatever goes or comes meanwhile'
const narrowed = 'the list is narrowed by ids, queue, time and number, alone and together'

export const brokenFailedJobs: readonly Defect[] = [
  defect('drops the bytes of a buried job', buried, (intact) => ({
    failed: listing(intact, (entry) => ({ ...entry, body: '' })),
  })),
  defect('re-encodes a buried job', buried, (intact) => ({
    failed: listing(intact, (entry) => ({ ...entry, body: reencoded(entry.body) })),
  })),
  defect('drops the reason', buried, (intact) => ({
    failed: listing(intact, (entry) => ({ ...entry, reason: 'failed' })),
  })),
  defect('cuts the reason', 'a long reason is kept', (intact) => ({
    failed: listing(intact, (entry) => ({ ...entry, reason: entry.reason.slice(0, 255) })),
  })),
  defect('re-encodes a retried job', retried, (intact) => ({
    failed: retrying(intact, (entry) => ({ ...entry, body: reencoded(entry.body) })),
  })),
  defect(
    'retries into the wrong queue',
    'a retry of several queues returns each job to its own',
    (intact) => ({
      failed: retrying(intact, (entry) => ({ ...entry, queue: 'default' })),
    }),
  ),
  {
    what: 'keeps the attempts of a retried job',
    caught: retried,
    breaks: () => {
      let spent = 0
      return (intact) =>
        altered(intact, {
          settle: (batch, now) => {
            for (const each of batch) if (each.kind === 'bury') spent = each.reservation.attempts
            return intact.settle(batch, now)
          },
          reserve: async (request) =>
            (await intact.reserve(request)).map((each) => ({ ...each, attempts: each.attempts + spent })),
        })
    },
  },
  defect(
    'keeps the entry of a retried job',
    'a retry answers only the ids it moved, and moves each once',
    (intact) => ({
      failed: {
        retry: async (ids, now) => {
          const entries = await intact.failed.all({ ids })
          await intact.push(entries.map(asEnvelope), now)
          return entries.map((each) => each.id)
        },
      },
    }),
  ),
  defect(
    'reads, then moves a retried job',
    'of concurrent retries of one failed job exactly one moves it',
    (intact) => ({ failed: retrying(intact, (entry) => entry) }),
  ),
  defect(
    'says it retried what is not there',
    'a retry answers only the ids it moved, and moves each once',
    (intact) => ({
      failed: {
        retry: async (ids, now) => {
          await intact.failed.retry(ids, now)
          return ids
        },
      },
    }),
  ),
  defect('lists the oldest failed job first', 'the failed jobs are listed newest first', (intact) => ({
    failed: { all: async (filter) => (await intact.failed.all(filter)).toReversed() },
  })),
  defect('does not narrow the list by queue', narrowed, (intact) => ({
    failed: { all: ({ queue: _, ...filter } = {}) => intact.failed.all(filter) },
  })),
  defect('does not narrow the list by time', narrowed, (intact) => ({
    failed: { all: ({ before: _, ...filter } = {}) => intact.failed.all(filter) },
  })),
  defect('takes no ids for all ids', narrowed, (intact) => ({
    failed: {
      all: ({ ids, ...filter } = {}) => intact.failed.all(ids?.length ? { ...filter, ids } : filter),
    },
  })),
  defect('begins every page with the newest', paged, (intact) => ({
    failed: { all: ({ after: _, ...filter } = {}) => intact.failed.all(filter) },
  })),
  defect('goes on with what failed earlier, not with what failed at the same time', paged, (intact) => ({
    failed: {
      all: ({ after, ...filter } = {}) =>
        intact.failed.all(
          after === undefined
            ? filter
            : { ...filter, before: Math.min(filter.before ?? Infinity, after.failedAt - 1) },
        ),
    },
  })),
  defect('goes on after an entry only while that is there', paged, (intact) => ({
    failed: {
      all: async ({ after, ...filter } = {}) => {
        if (after === undefined) return intact.failed.all(filter)
        const [there] = await intact.failed.all({ ids: [after.id] })
        return there === undefined ? [] : intact.failed.all({ ...filter, after })
      },
    },
  })),
  defect('flushes whatever the time', 'flush before a time keeps what failed later', (intact) => ({
    failed: { flush: () => intact.failed.flush() },
  })),
  defect(
    'forgets all when told to forget none',
    'forget removes those it is given and answers how many there were',
    (intact) => ({
      failed: { forget: (ids) => (ids.length === 0 ? intact.failed.flush() : intact.failed.forget(ids)) },
    }),
  ),
]

function listing(
  intact: PullConnector,
  change: (entry: FailedJob) => FailedJob,
): Partial<PullConnector['failed']> {
  return { all: async (filter) => (await intact.failed.all(filter)).map(change) }
}

/** A retry made of three steps with time between them. */
function retrying(
  intact: PullConnector,
  change: (entry: FailedJob) => FailedJob,
): Partial<PullConnector['failed']> {
  return {
    retry: async (ids, now) => {
      const entries = await intact.failed.all({ ids })
      await intact.push(entries.map(change).map(asEnvelope), now)
      await intact.failed.forget(ids)
      return ids.filter((id) => entries.some((each) => each.id === id))
    },
  }
}

function asEnvelope({ id, queue, body }: FailedJob) {
  return { id: `again-${id}`, queue, body, job: 'J', delayMs: 0 }
}
