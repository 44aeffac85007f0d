import type { Reservation } from '../../../src/contract/connector.ts'
import { altered, type Defect, defect, reencoded } from './defect.ts'

export const brokenReserving: readonly Defect[] = [
  defect(
    'delivers the newest job first',
    'jobs of one queue come first in, first out, across pushes',
    (intact) => ({
      reserve: async (request) => (await intact.reserve(request)).toReversed(),
    }),
  ),
  defect(
    'ignores the preference of queues',
    'queues are served in strict order of preference, not of age',
    (intact) => ({
      reserve: (request) => intact.reserve({ ...request, queues: request.queues.toReversed() }),
    }),
  ),
  defect(
    'ignores the limit',
    'a reserve delivers at most its limit, and only from the queues it names',
    (intact) => ({
      reserve: (request) => intact.reserve({ ...request, limit: request.limit + 1 }),
    }),
  ),
  defect(
    'delivers delayed jobs early',
    'a delayed job is not delivered before its time, and is at its time',
    (intact) => ({
      push: (batch, now) =>
        intact.push(
          batch.map((each) => ({ ...each, delayMs: 0 })),
          now,
        ),
    }),
  ),
  defect('rounds a delay down', 'a delay is rounded up to the resolution, never down', (intact) => ({
    resolutionMs: 1_000,
    push: (batch, now) =>
      intact.push(
        batch.map((each) => ({ ...each, delayMs: Math.floor(each.delayMs / 1_000) * 1_000 })),
        now,
      ),
  })),
  defect('ends leases a moment early', 'a job returns when its lease ends, not a step earlier', (intact) => ({
    reserve: (request) => intact.reserve({ ...request, expireMs: request.expireMs && request.expireMs - 1 }),
  })),
  defect('ends leases a moment late', 'a job returns when its lease ends, not a step earlier', (intact) => ({
    reserve: (request) => intact.reserve({ ...request, expireMs: request.expireMs && request.expireMs + 1 }),
  })),
  defect('gives a lease without end a day', 'a lease without end never ends', (intact) => ({
    reserve: (request) => intact.reserve({ ...request, expireMs: request.expireMs ?? 86_400_000 }),
  })),
  defect(
    're-encodes what it delivers',
    'escaped slashes survive delivery, release, expiry, burying and retry',
    (intact) => ({
      reserve: async (request) =>
        (await intact.reserve(request)).map((each) => ({ ...each, body: reencoded(each.body) })),
    }),
  ),
  {
    what: 'gives one job to two reservers that ask one after the other',
    caught: 'the first delivery has attempts 1 and hides the job from others',
    breaks: () => {
      let last: readonly Reservation[] = []
      return (intact) =>
        altered(intact, {
          reserve: async (request) => {
            const taken = await intact.reserve(request)
            const given =
              taken.length > 0 ? taken : last.filter((each) => request.queues.includes(each.queue))
            last = taken
            return given
          },
        })
    },
  },
  {
    what: 'gives one job to two reservers that ask at the same time',
    caught: 'concurrent reservers get every job once',
    breaks: () => {
      let running: Promise<readonly Reservation[]> | undefined
      return (intact) =>
        altered(intact, {
          reserve: async (request) => {
            running ??= intact.reserve(request)
            const taken = await running
            running = undefined
            return taken.slice(0, request.limit)
          },
        })
    },
  },
  {
    what: 'does not count a lease that ended',
    caught: 'every lease that ends uses up an attempt',
    breaks: () => {
      const open = new Set<string>()
      const ended = new Map<string, number>()
      return (intact) =>
        altered(intact, {
          reserve: async (request) =>
            (await intact.reserve(request)).map((each) => {
              if (open.has(each.id)) ended.set(each.id, (ended.get(each.id) ?? 0) + 1)
              open.add(each.id)
              return { ...each, attempts: each.attempts - (ended.get(each.id) ?? 0) }
            }),
          settle: (batch, now) => {
            for (const { reservation } of batch) open.delete(reservation.id)
            return intact.settle(batch, now)
          },
        })
    },
  },
  defect(
    'answers the ids of a push in another order',
    'push answers the ids in the order of the batch, and deliveries carry them',
    (intact) => ({
      push: async (batch, now) => (await intact.push(batch, now)).toReversed(),
    }),
  ),
  defect('takes equal bodies for one job', 'two jobs with the same data are two jobs', (intact) => ({
    push: async (batch, now) => {
      const different = [...new Map(batch.map((each) => [each.queue + each.body, each])).values()]
      await intact.push(different, now)
      return batch.map((each) => each.id)
    },
  })),
  defect(
    'loses the end of a large batch',
    'a thousand jobs go in, come out in order and are settled in one batch each',
    (intact) => ({
      push: async (batch, now) => {
        await intact.push(batch.slice(0, 999), now)
        return batch.map((each) => each.id)
      },
    }),
  ),
  defect('cuts the names of queues', 'queues with odd names do not touch each other', (intact) => ({
    push: (batch, now) =>
      intact.push(
        batch.map((each) => ({ ...each, queue: each.queue.slice(0, 64) })),
        now,
      ),
    reserve: (request) =>
      intact.reserve({ ...request, queues: request.queues.map((queue) => queue.slice(0, 64)) }),
  })),
]
