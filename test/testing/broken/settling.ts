import type { PullConnector, Reservation, Settlement } from '../../../src/contract/connector.ts'
import { about, altered, type Defect, defect } from './defect.ts'

export const brokenSettling: readonly Defect[] = [
  {
    what: 'settles by the id of the job and ignores receipts',
    caught: 'a worker can not delete after its lease ended and another worker reserved the job',
    breaks: () => byOwnReceipts(() => 'same'),
  },
  {
    what: 'makes receipts of id and attempts',
    caught: 'a worker can not bury after an unspent release',
    breaks: () => byOwnReceipts((each) => `${each.id}:${each.attempts}`),
  },
  {
    what: 'starts its receipts anew on a retry',
    caught: 'a worker can not release after the job was buried, retried and reserved again',
    breaks: () => {
      const deliveries = new Map<string, number>()
      const counted = byOwnReceipts(({ id }) => {
        deliveries.set(id, (deliveries.get(id) ?? 0) + 1)
        return `${id}:${deliveries.get(id)}`
      })
      return (intact) => {
        const named = counted(intact)
        return altered(named, {
          settle: (batch, now) => {
            for (const { kind, reservation } of batch) if (kind === 'bury') deliveries.delete(reservation.id)
            return named.settle(batch, now)
          },
        })
      }
    },
  },
  defect('never refuses a settlement', 'a worker can not delete after a release', (intact) => ({
    settle: async (batch, now) => {
      await intact.settle(batch, now)
      return []
    },
  })),
  defect(
    'refuses a whole batch for one stranger',
    'a batch of every kind, with strangers among it, refuses exactly the strangers',
    (intact) => ({
      settle: async (batch, now) => ((await intact.settle(batch, now)).length > 0 ? batch : []),
    }),
  ),
  defect(
    'makes a copy when a release comes late',
    'a worker can not release after its lease ended and another worker reserved the job',
    (intact) => ({
      settle: async (batch, now) => {
        const refused = await intact.settle(batch, now)
        for (const { kind, reservation } of refused) {
          const { id, queue, body } = reservation
          if (kind === 'release') await intact.push([{ id, queue, body, job: 'J', delayMs: 0 }], now)
        }
        return refused
      },
    }),
  ),
  defect('does not count a release', 'a release uses up an attempt', (intact) => ({
    settle: changing(intact, (each) => (each.kind === 'release' ? { ...each, spend: false } : each)),
  })),
  defect('counts an unspent release', 'an unspent release uses up no attempt', (intact) => ({
    settle: changing(intact, (each) => (each.kind === 'release' ? { ...each, spend: true } : each)),
  })),
  defect('releases without the delay', 'a release with a delay is due after it, not before', (intact) => ({
    settle: changing(intact, (each) => (each.kind === 'release' ? { ...each, delayMs: 0 } : each)),
  })),
  defect(
    'deletes what should be buried',
    'burying moves a job to the failed jobs, with its bytes, queue, reason and time',
    (intact) => ({
      settle: changing(intact, (each) => (each.kind === 'bury' ? { ...each, kind: 'delete' } : each)),
    }),
  ),
  defect(
    'buries a job and leaves it in its queue',
    'burying moves a job to the failed jobs, with its bytes, queue, reason and time',
    (intact) => ({
      settle: async (batch, now) => {
        const refused = await intact.settle(batch, now)
        for (const { kind, reservation } of batch) {
          const { id, queue, body } = reservation
          if (kind === 'bury') await intact.push([{ id, queue, body, job: 'J', delayMs: 0 }], now)
        }
        return refused
      },
    }),
  ),
  defect(
    'settles nothing in an exchange',
    'exchange, where there is one, does what settle and then reserve do',
    (intact) => ({
      exchange: async (_, request) => ({ refused: [], reserved: await intact.reserve(request) }),
    }),
  ),
  defect(
    'ignores the limit in an exchange',
    'exchange, where there is one, does what settle and then reserve do',
    (intact) => ({
      exchange: (batch, request) => intact.exchange!(batch, { ...request, limit: request.limit + 1 }),
    }),
  ),
  defect('renews for whoever asks', 'a renewal answers exactly those it refused', (intact) => ({
    touch: async (batch, expireMs, now) => {
      await intact.touch(batch, expireMs, now)
      return []
    },
  })),
  defect('renews nothing', 'a renewed lease does not end at its old time but at its new one', () => ({
    touch: async () => [],
  })),
  defect('renews for ever', 'a renewed lease does not end at its old time but at its new one', (intact) => ({
    touch: (batch, _, now) => intact.touch(batch, null, now),
  })),
  {
    what: 'changes the receipt when it renews',
    caught: 'a renewal does not change the receipt: the holder still settles',
    breaks: () => {
      const renewed = new Set<string>()
      return (intact) =>
        altered(intact, {
          touch: async (batch, expireMs, now) => {
            for (const { receipt } of batch) renewed.add(receipt)
            return intact.touch(batch, expireMs, now)
          },
          settle: async (batch, now) => {
            const old = batch.filter(({ reservation }) => renewed.has(reservation.receipt))
            const others = batch.filter((each) => !old.includes(each))
            return [...old, ...(await intact.settle(others, now))]
          },
        })
    },
  },
]

function changing(intact: PullConnector, change: (each: Settlement) => Settlement): PullConnector['settle'] {
  return (batch, now) => intact.settle(batch.map(change), now)
}

/** Names deliveries in its own way; a name means the latest delivery of the job that had it. */
function byOwnReceipts(name: (each: Reservation) => string): (intact: PullConnector) => PullConnector {
  const latest = new Map<string, Reservation>()
  const key = (each: Reservation) => `${each.id} ${each.receipt}`
  const real = (each: Reservation) => latest.get(key(each)) ?? each
  return (intact) =>
    altered(intact, {
      reserve: async (request) =>
        (await intact.reserve(request)).map((each) => {
          const named = { ...each, receipt: name(each) }
          latest.set(key(named), each)
          return named
        }),
      settle: async (batch, now) => {
        const refused = new Set<Settlement>()
        for (const each of batch) {
          const answer = await intact.settle([about(each, real(each.reservation))], now)
          if (answer.length > 0) refused.add(each)
        }
        return [...refused]
      },
      touch: async (batch, expireMs, now) => {
        const answers = await intact.touch(batch.map(real), expireMs, now)
        return batch.filter((each) => answers.some(({ receipt }) => receipt === real(each).receipt))
      },
    })
}
