import type { Reservation } from '../../../src/contract/connector.ts'
import { altered, type Defect, defect } from './defect.ts'

export const brokenSurroundings: readonly Defect[] = [
  defect('counts delayed jobs as ready', 'a delayed job counts as ready once it is due', (intact) => ({
    size: async (queue, now) => {
      const { ready, delayed, ...rest } = await intact.size(queue, now)
      return { ...rest, ready: ready + delayed, delayed: 0 }
    },
  })),
  defect(
    'counts the failed jobs of all queues',
    'ready, delayed, reserved and failed jobs are counted apart',
    (intact) => ({
      size: async (queue, now) => {
        const entries = await intact.failed.all()
        return { ...(await intact.size(queue, now)), failed: entries.length }
      },
    }),
  ),
  defect(
    'measures the age of jobs wrongly',
    'the age of the oldest ready job is right, or unknown',
    (intact) => ({
      size: async (queue, now) => ({ ...(await intact.size(queue, now)), oldestMs: 0 }),
    }),
  ),
  {
    what: 'clears reserved jobs too',
    caught: 'clear removes ready and delayed jobs, answers how many, and keeps the reserved',
    breaks: () => {
      const held: Reservation[] = []
      return (intact) =>
        altered(intact, {
          reserve: async (request) => {
            const taken = await intact.reserve(request)
            held.push(...taken)
            return taken
          },
          clear: async (queue) => {
            const reservations = held.filter((each) => each.queue === queue)
            await intact.settle(reservations.map((reservation) => ({ kind: 'delete', reservation })))
            return intact.clear(queue)
          },
        })
    },
  },
  {
    what: 'clears every queue',
    caught: 'clear removes ready and delayed jobs, answers how many, and keeps the reserved',
    breaks: () => {
      const names = new Set<string>()
      return (intact) =>
        altered(intact, {
          push: (batch, now) => {
            for (const { queue } of batch) names.add(queue)
            return intact.push(batch, now)
          },
          clear: async (queue) => {
            const removed = await intact.clear(queue)
            for (const name of names) await intact.clear(name)
            return removed
          },
        })
    },
  },
  defect(
    'ignores the time to live of cached values',
    'a value is gone when its time to live is over',
    (intact) => ({
      cache: { set: (key, value, _, now) => intact.cache.set(key, value, null, now) },
    }),
  ),
  defect('adds in two steps', 'of concurrent adds exactly one succeeds', (intact) => ({
    cache: {
      add: async (key, value, ttlMs, now) => {
        if ((await intact.cache.get(key, now)) !== null) return false
        await intact.cache.set(key, value, ttlMs, now)
        return true
      },
    },
  })),
  defect('increments in two steps', 'concurrent increments are all counted', (intact) => ({
    cache: {
      increment: async (key, by = 1, now) => {
        const value = Number((await intact.cache.get(key, now)) ?? 0) + by
        await intact.cache.set(key, String(value), null, now)
        return value
      },
    },
  })),
  defect(
    'lets an increment end the time to live',
    'increment keeps the time to live, and counts anew after it',
    (intact) => ({
      cache: {
        increment: async (key, by, now) => {
          const value = await intact.cache.increment(key, by, now)
          await intact.cache.set(key, String(value), null, now)
          return value
        },
      },
    }),
  ),
  defect(
    'swallows what arrives during a wait',
    'wait, where there is one, ends when a job is pushed, and the job is not lost',
    (intact) => ({
      wait: async (queues, timeoutMs, signal) => {
        const brought = await intact.wait!(queues, timeoutMs, signal)
        await intact.reserve({ queues, limit: 1, expireMs: null })
        return brought
      },
    }),
  ),
  defect(
    'keeps what an aborted wait took',
    'wait that is aborted while jobs arrive leaves nothing reserved that it did not bring, and loses nothing',
    (intact) => ({
      wait: async (queues, timeoutMs, signal) => {
        await intact.wait!(queues, timeoutMs, signal)
        const taken = await intact.reserve({ queues, limit: 1, expireMs: null })
        return signal.aborted ? [] : taken
      },
    }),
  ),
  defect('does not hear the end of a wait', 'wait, where there is one, ends when its signal aborts', () => ({
    wait: (_, timeoutMs) => new Promise((end) => setTimeout(() => end([]), timeoutMs).unref()),
  })),
  defect('goes on after its end', 'closing twice is harmless, and later calls reject', () => ({
    close: async () => {},
  })),
  {
    what: 'does not bear to be closed twice',
    caught: 'closing twice is harmless, and later calls reject',
    breaks: () => (intact) => {
      let closed = false
      return altered(intact, {
        close: async () => {
          if (closed) throw new Error('it was closed already')
          closed = true
          await intact.close()
        },
      })
    },
  },
  defect('takes every error for a passing one', 'a mistake is not transient, whatever was thrown', () => ({
    isTransient: () => true,
  })),
]
