import assert from 'node:assert/strict'
import { type Check, dayMs, startMs } from './trial.ts'

const minuteMs = 60_000

export const cacheChecks: readonly Check[] = [
  {
    name: 'what was set is read back, until it is set again or forgotten',
    async run({ store: { cache } }) {
      assert.equal(await cache.get('key', startMs), null)
      await cache.set('key', 'one', null, startMs)
      assert.equal(await cache.get('key', startMs + 365 * dayMs), 'one', 'without a time to live it stays')
      await cache.set('key', 'two', null, startMs)
      assert.equal(await cache.get('key', startMs), 'two')
      assert.equal(await cache.forget('key', startMs), true)
      assert.equal(await cache.get('key', startMs), null)
      assert.equal(await cache.forget('key', startMs), false)
    },
  },
  {
    name: 'a value is gone when its time to live is over',
    async run({ store: { cache } }) {
      await cache.set('key', 'value', minuteMs, startMs)
      assert.equal(await cache.get('key', startMs + minuteMs - 1_000), 'value')
      assert.equal(await cache.get('key', startMs + minuteMs + 1_000), null)
      assert.equal(await cache.forget('key', startMs + minuteMs + 1_000), false, 'it was not there any more')
    },
  },
  {
    name: 'setting again replaces the time to live',
    async run({ store: { cache } }) {
      await cache.set('key', 'value', minuteMs, startMs)
      await cache.set('key', 'value', null, startMs)
      assert.equal(await cache.get('key', startMs + dayMs), 'value', 'the old time to live must not linger')
      await cache.set('key', 'value', minuteMs, startMs)
      await cache.set('key', 'value', 2 * minuteMs, startMs)
      assert.equal(await cache.get('key', startMs + minuteMs + 1_000), 'value')
    },
  },
  {
    name: 'add sets only what is absent, and may again when that is gone',
    async run({ store: { cache } }) {
      assert.equal(await cache.add('lock', 'a', minuteMs, startMs), true)
      assert.equal(await cache.add('lock', 'b', minuteMs, startMs + 1_000), false)
      assert.equal(await cache.get('lock', startMs + 1_000), 'a')
      const later = startMs + minuteMs + 1_000
      assert.equal(await cache.add('lock', 'c', minuteMs, later), true, 'the lock of a is over')
      assert.equal(await cache.get('lock', later), 'c')
      await cache.forget('lock', later)
      assert.equal(await cache.add('lock', 'd', null, later), true)
      assert.equal(await cache.get('lock', later + dayMs), 'd')
    },
  },
  {
    name: 'of concurrent adds exactly one succeeds',
    async run(trial) {
      const other = await trial.other()
      const adds = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? trial.store : other).cache.add('lock', String(index), minuteMs, startMs),
      )
      const won = (await Promise.all(adds)).flatMap((added, index) => (added ? [String(index)] : []))
      assert.equal(won.length, 1, 'a lock must have one owner')
      assert.equal(await other.cache.get('lock', startMs), won[0])
    },
  },
  {
    name: 'increment counts from nothing, by what it is told, also down',
    async run({ store: { cache } }) {
      assert.equal(await cache.increment('count', undefined, startMs), 1)
      assert.equal(await cache.increment('count', 5, startMs), 6)
      assert.equal(await cache.increment('count', -8, startMs), -2)
      assert.equal(await cache.get('count', startMs), '-2')
      await cache.set('count', '41', null, startMs)
      assert.equal(await cache.increment('count', 1, startMs), 42)
    },
  },
  {
    name: 'increment keeps the time to live, and counts anew after it',
    async run({ store: { cache } }) {
      await cache.set('count', '7', minuteMs, startMs)
      assert.equal(await cache.increment('count', 1, startMs + 30_000), 8)
      assert.equal(
        await cache.get('count', startMs + minuteMs + 1_000),
        null,
        'increment must not lengthen it',
      )
      assert.equal(await cache.increment('count', 1, startMs + minuteMs + 1_000), 1)
    },
  },
  {
    name: 'concurrent increments are all counted',
    async run(trial) {
      const other = await trial.other()
      const all = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? trial.store : other).cache.increment('count', 1, startMs),
      )
      assert.equal(new Set(await Promise.all(all)).size, 40, 'each increment answers a value of its own')
      assert.equal(await trial.store.cache.get('count', startMs), '40')
    },
  },
  {
    name: 'odd keys and values are kept apart and unchanged',
    async run({ store: { cache } }) {
      const texts = [
        '',
        ' ',
        '0',
        'null',
        "it's",
        '"',
        '%',
        '_',
        '*',
        '$(id)',
        '中文',
        'a\nb',
        '__proto__',
        'constructor',
      ]
      for (const key of texts) assert.equal(await cache.get(`k${key}`, startMs), null)
      for (const key of texts) await cache.set(`k${key}`, key, null, startMs)
      for (const key of texts) assert.equal(await cache.get(`k${key}`, startMs), key)
      await cache.set('__proto__', 'value', null, startMs)
      assert.equal(await cache.get('__proto__', startMs), 'value')
      assert.equal(await cache.get('toString', startMs), null)
    },
  },
  {
    name: 'cached values and jobs of one name do not touch each other',
    async run(trial) {
      const [id] = await trial.push('mail')
      await trial.store.cache.set('mail', 'value', null, startMs)
      assert.equal((await trial.one('mail')).id, id)
      await trial.store.clear('mail')
      assert.equal(await trial.store.cache.get('mail', startMs), 'value')
    },
  },
]
