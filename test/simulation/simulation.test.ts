import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { databaseOf } from '../../src/database/create.ts'
import { CountedDatabase } from './counted-database.ts'
import { type Account, accountOf } from './verdict.ts'
import { World } from './world.ts'

/** Virtual hours of trouble in a world; one without any follows, and one in which the rest is seen. */
const hours = 4
const isFull = process.env.QUEUE_TEST_FULL !== undefined
const folder = mkdtempSync(join(tmpdir(), 'thinkq-simulation-'))
const accounts: Account[] = []

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  const total = (of: (account: Account) => number) => accounts.reduce((sum, each) => sum + of(each), 0)
  console.info(
    `${accounts.length * hours} virtual hours: ${total(({ troubles }) => troubles)} faults, ` +
      `${total(({ acked }) => acked)} jobs, ${total(({ runs }) => runs)} runs, ` +
      `${total(({ failed }) => failed)} failed, ${total(({ repeated }) => repeated)} repeated by a fault`,
  )
})

/** SIM_SEED=n runs the world of that seed alone. */
function seeds(usual: number, full: number): readonly number[] {
  if (process.env.SIM_SEED !== undefined) return [Number(process.env.SIM_SEED)]
  return Array.from({ length: isFull ? full : usual }, (_, at) => at + 1)
}

async function judged(world: World): Promise<void> {
  const jitter = vi.spyOn(Math, 'random').mockImplementation(() => world.random(1_000_000) / 1_000_000)
  await world.live(hours)
  jitter.mockRestore()
  const account = await accountOf(world)
  accounts.push(account)
  expect(account.wrong).toEqual([])
  expect(account.acked).toBeGreaterThan(100)
  expect(account.troubles).toBeGreaterThan(100)
}

describe('machines that are killed, frozen, cut off and stopped, with clocks that step, lose no job and repeat none without a cause', () => {
  test.each(seeds(8, 2_000))('SIM_SEED=%i', (seed) => judged(new World(seed)), 60_000)
})

describe('nor do they when jobs come through an outbox', () => {
  test.each(seeds(2, 500))(
    'SIM_SEED=%i',
    async (seed) => {
      const database = databaseOf({ url: `sqlite:${join(folder, `${seed}.sqlite`)}` }, 'queue')
      try {
        await judged(new World(seed, new CountedDatabase(database)))
      } finally {
        await database.close()
      }
    },
    60_000,
  )
})
