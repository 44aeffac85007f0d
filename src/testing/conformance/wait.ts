import assert from 'node:assert/strict'
import type { PullConnector, Reservation, TakeRequest } from '../../contract/connector.ts'
import { type Check, ids, leaseMs, sorted, type Trial } from './trial.ts'

/** Far beyond what any check lasts: a wait that ends earlier was ended by something. */
const longMs = 600_000
/** When a wait that should have ended is given up. Only a failing check lasts so long. */
const patienceMs = 4_000

/** Each demand twice: for a wait that brings nothing, and for one that may bring what it finds. */
export const waitChecks: readonly Check[] = [
  ...demands('wait', undefined),
  ...demands('a wait that may take jobs', { limit: 10, expireMs: leaseMs }),
]

function demands(wait: string, take: TakeRequest | undefined): readonly Check[] {
  const waiting = (check: (steps: Steps) => Promise<void>) => stepping(check, take)
  return [
    {
      name: `${wait}, where there is one, does not begin when its signal has aborted`,
      run: waiting(async ({ wait }) => {
        assert.deepEqual(await ended(wait(longMs, AbortSignal.abort()), 'its signal had aborted'), [])
      }),
    },
    {
      name: `${wait}, where there is one, ends when its signal aborts`,
      run: waiting(async ({ wait }) => {
        const controller = new AbortController()
        const asleep = wait(longMs, controller.signal)
        controller.abort()
        assert.deepEqual(await ended(asleep, 'its signal aborted'), [])
      }),
    },
    {
      name: `${wait}, where there is one, ends at its time-out, also when that is none`,
      run: waiting(async ({ wait }) => {
        const { signal } = new AbortController()
        assert.deepEqual(await ended(wait(0, signal), 'its time-out was 0'), [])
        assert.deepEqual(await ended(wait(1, signal), 'its time-out was 1 ms'), [])
      }),
    },
    {
      name: `${wait}, where there is one, ends when a job is pushed, and the job is not lost`,
      run: waiting(async ({ wait, push, rest }) => {
        const asleep = wait(longMs, new AbortController().signal)
        const pushed = await push(3)
        const brought = await ended(asleep, 'jobs were pushed')
        assert.deepEqual(sorted(ids([...brought, ...(await rest())])), sorted(pushed))
      }),
    },
    {
      name: `${wait}, where there is one, ends at once when a job is there already`,
      run: waiting(async ({ wait, push, rest }) => {
        const pushed = await push(2)
        const brought = await ended(wait(longMs, new AbortController().signal), 'jobs were waiting')
        assert.deepEqual(sorted(ids([...brought, ...(await rest())])), sorted(pushed))
      }),
    },
    {
      name: `${wait} that is aborted while jobs arrive leaves nothing reserved that it did not bring, and loses nothing`,
      run: waiting(async ({ wait, push, rest, store }) => {
        const pushed: string[] = []
        const brought: Reservation[] = []
        for (let round = 0; round < 10; round++) {
          const controller = new AbortController()
          const asleep = wait(longMs, controller.signal)
          const pushing = push(1)
          controller.abort()
          pushed.push(...(await pushing))
          brought.push(...(await ended(asleep, 'its signal aborted')))
          const { reserved } = await store.size('mail')
          assert.equal(reserved, brought.length, 'an aborted wait kept a job that it did not bring')
        }
        const all = [...brought, ...(await rest())]
        assert.deepEqual(sorted(ids(all)), sorted(pushed), 'a job was lost or copied')
        assert.ok(
          all.every((each) => each.attempts === 1),
          'giving back must use up no attempt',
        )
      }),
    },
    {
      name: `${wait}, where there is one, ends when the connector is closed`,
      run: waiting(async ({ wait, store }) => {
        const asleep = wait(longMs, new AbortController().signal).catch(() => [])
        await store.close()
        assert.deepEqual(await ended(asleep, 'the connector was closed'), [])
      }),
    },
  ]
}

/** The steps of these checks. Since `wait` takes no time, they are the only ones that leave it to the store's clock. */
interface Steps {
  readonly store: PullConnector
  wait(timeoutMs: number, signal: AbortSignal): Promise<readonly Reservation[]>
  push(count: number): Promise<readonly string[]>
  /** Everything that is still to be delivered. */
  rest(): Promise<readonly Reservation[]>
}

function stepping(check: (steps: Steps) => Promise<void>, take: TakeRequest | undefined): Check['run'] {
  return async (trial: Trial) => {
    const { store } = trial
    if (store.wait === undefined) return
    await check({
      store,
      wait: (timeoutMs, signal) => store.wait!(['mail'], timeoutMs, signal, take),
      push: (count) => store.push(Array.from({ length: count }, () => trial.envelope('mail'))),
      rest: async () => {
        const all: Reservation[] = []
        for (;;) {
          const some = await store.reserve({ queues: ['mail'], limit: 10, expireMs: leaseMs })
          if (some.length === 0) return all
          all.push(...some)
        }
      },
    })
  }
}

/** What a wait brought; rejects when it goes on although it should have ended. */
async function ended<Value>(asleep: Promise<Value>, why: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: `wait did not end although ${why}` })),
      patienceMs,
    )
  })
  try {
    return await Promise.race([asleep, late])
  } finally {
    clearTimeout(timer)
  }
}
