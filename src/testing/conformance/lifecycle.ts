import assert from 'node:assert/strict'
import { type Check, ids, leaseMs, remove, startMs } from './trial.ts'

export const lifecycleChecks: readonly Check[] = [
  {
    name: 'it says what it is',
    async run({ store }) {
      assert.ok(store.name.length > 0, 'a connector needs a name')
      assert.ok(['member', 'row'].includes(store.wire), `wire is 'member' or 'row', not '${store.wire}'`)
      assert.ok(
        Number.isInteger(store.resolutionMs) && store.resolutionMs >= 1 && 1_000 % store.resolutionMs === 0,
        `resolutionMs must be a whole part of a second, not ${store.resolutionMs}`,
      )
    },
  },
  {
    name: 'opening twice is harmless and keeps what is stored',
    async run(trial) {
      const pushed = await trial.push('mail', 2)
      const held = await trial.one('mail')
      await trial.store.open()
      await trial.settle(remove(held))
      assert.deepEqual(ids(await trial.drain('mail')), [pushed[1]])
    },
  },
  {
    name: 'closing twice is harmless, and later calls reject',
    async run(trial) {
      const { store } = trial
      await trial.push('mail')
      const held = await trial.one('mail')
      await store.close()
      await store.close()
      const request = { queues: ['mail'], limit: 1, expireMs: leaseMs, now: startMs }
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        push: () => store.push([trial.envelope('mail')], startMs),
        reserve: () => store.reserve(request),
        settle: () => store.settle([remove(held)], startMs),
        touch: () => store.touch([held], leaseMs, startMs),
        size: () => store.size('mail', startMs),
        clear: () => store.clear('mail'),
        'failed.all': () => store.failed.all(),
        'cache.get': () => store.cache.get('key', startMs),
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(call, `${name} must reject once the connector is closed`)
      }
    },
  },
  {
    name: 'a mistake is not transient, whatever was thrown',
    async run({ store }) {
      for (const error of [new Error('x'), new TypeError('x'), 'x', null, undefined, { code: 'x' }]) {
        assert.equal(store.isTransient(error), false, `isTransient(${String(error)})`)
      }
    },
  },
]
