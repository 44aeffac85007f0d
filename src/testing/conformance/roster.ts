import assert from 'node:assert/strict'
import type { PullConnector } from '../../contract/connector.ts'
import type { Roster } from '../../contract/roster.ts'
import { type Check, startMs } from './trial.ts'

const minuteMs = 60_000

/** What a store without a roster need not do. */
function onRoster(run: (roster: Roster, store: PullConnector) => Promise<void>): Check['run'] {
  return async ({ store }) => {
    if (store.roster !== undefined) await run(store.roster, store)
  }
}

const byId = (one: { readonly id: string }, other: { readonly id: string }) => (one.id < other.id ? -1 : 1)

export const rosterChecks: readonly Check[] = [
  {
    name: 'whoever noted a text is listed with its age, until it leaves',
    run: onRoster(async (roster) => {
      assert.deepEqual(await roster.all(startMs), [])
      await roster.note('a', '{"name":"老王"}', minuteMs, startMs)
      await roster.note('b', 'two words\nand a line', minuteMs, startMs + 2_000)
      const all = await roster.all(startMs + 5_000)
      assert.deepEqual(all.toSorted(byId), [
        { id: 'a', text: '{"name":"老王"}', ageMs: 5_000 },
        { id: 'b', text: 'two words\nand a line', ageMs: 3_000 },
      ])
      await roster.leave('a')
      assert.deepEqual(
        (await roster.all(startMs + 5_000)).map(({ id }) => id),
        ['b'],
      )
      await roster.leave('a')
    }),
  },
  {
    name: 'a text noted again replaces the one before and is as young as that',
    run: onRoster(async (roster) => {
      await roster.note('a', 'one', minuteMs, startMs)
      await roster.note('a', 'two', minuteMs, startMs + 50_000)
      assert.deepEqual(await roster.all(startMs + 100_000), [{ id: 'a', text: 'two', ageMs: 50_000 }])
    }),
  },
  {
    name: 'who does not note in time is gone',
    run: onRoster(async (roster) => {
      await roster.note('a', 'one', minuteMs, startMs)
      assert.equal((await roster.all(startMs + minuteMs - 1_000)).length, 1)
      assert.deepEqual(await roster.all(startMs + minuteMs + 1_000), [])
    }),
  },
  {
    name: 'the roster and cached values of the same names do not touch each other',
    run: onRoster(async (roster, { cache }) => {
      await cache.set('a', 'value', null, startMs)
      await roster.note('a', 'text', minuteMs, startMs)
      assert.equal(await cache.get('a', startMs), 'value')
      assert.deepEqual(await roster.all(startMs), [{ id: 'a', text: 'text', ageMs: 0 }])
    }),
  },
]
