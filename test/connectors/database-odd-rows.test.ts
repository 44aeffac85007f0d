import { describe, expect, onTestFinished, test } from 'vitest'
import type { DatabaseConnector } from '../../src/connectors/database/index.ts'
import { createDatabase } from '../../src/database/index.ts'
import { deletion, openStore, request, tempFile } from './database-store.ts'

const now = 1_800_000_000_000

interface Columns {
  readonly attempts?: string
  readonly reserved?: string
  readonly reservedAt?: string
  readonly availableAt?: string
}

/** A store with rows that a stranger wrote into its table, each column as SQL. */
async function storeWith(...rows: readonly Columns[]): Promise<DatabaseConnector> {
  const file = tempFile()
  const store = await openStore(file)
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  for (const { attempts = '0', reserved = '0', reservedAt = 'NULL', availableAt = '0' } of rows)
    await database.execute(
      `INSERT INTO jobs (queue, payload, attempts, reserved, reserved_at, available_at, created_at)
      VALUES ('q', '{"job":"J","data":""}', ${attempts}, ${reserved}, ${reservedAt}, ${availableAt}, 0)`,
    )
  return store
}

describe('rows that a stranger wrote', () => {
  test.each([
    ["'abc'", 1],
    ["'3 times'", 4],
    ['1.5', 2],
    ['-7', 1],
  ])('attempts of %s counts as a number, and the delivery can be settled', async (attempts, delivery) => {
    const store = await storeWith({ attempts })
    const reserved = await store.reserve(request('q', now))
    expect(reserved.map((each) => each.attempts)).toEqual([delivery])
    const [reservation] = reserved
    const spent = { kind: 'release', reservation: reservation!, delayMs: 0, spend: true } as const
    expect(await store.settle([spent], now)).toEqual([])
    const [again] = await store.reserve(request('q', now + 2_000))
    expect(again?.attempts).toBe(delivery + 1)
    expect(await store.settle([deletion(again!)])).toEqual([])
    expect(await store.size('q', now)).toMatchObject({ ready: 0, reserved: 0 })
  })

  test.each(['1.5', '-1e300', '-3'])(
    'available_at of %s is due, and the delivery can be settled',
    async (at) => {
      const store = await storeWith({ availableAt: at })
      const [reservation] = await store.reserve(request('q', now))
      expect(await store.settle([deletion(reservation!)])).toEqual([])
    },
  )

  test.each(['0', "'abc'", '1.5'])(
    'a reserved row without a time, attempts %s, counts as expired, though nothing else is there',
    async (attempts) => {
      const store = await storeWith({ reserved: '1', attempts })
      const [reservation] = await store.reserve(request('q', now))
      expect(reservation?.attempts).toBe(attempts === '1.5' ? 3 : 2)
      expect(await store.settle([deletion(reservation!)])).toEqual([])
    },
  )

  test('a reserved row without a time stays reserved where leases last for ever', async () => {
    const store = await storeWith({ reserved: '1' })
    expect(await store.reserve({ ...request('q', now), expireMs: null })).toEqual([])
    expect(await store.size('q', now)).toMatchObject({ reserved: 1 })
  })

  test.each(['255', '256', '9223372036854775807', '1e300'])(
    'attempts of %s is more than the table can count: the row is buried, and what is due behind it is reserved',
    async (attempts) => {
      const store = await storeWith({ attempts }, { attempts }, { availableAt: '1' })
      const reserved = await store.reserve(request('q', now, 1))
      expect(reserved.map(({ id }) => id)).toEqual(['3'])
      expect((await store.failed.all()).map(({ reason }) => reason)).toEqual(
        Array(2).fill(expect.stringContaining('attempts reached 255')),
      )
      expect(await store.size('q', now)).toMatchObject({ ready: 0, reserved: 1 })
    },
  )

  test.each(['254', '255', '9223372036854775807', '1e300'])(
    'an expired row whose attempts is %s is buried',
    async (attempts) => {
      const store = await storeWith({ attempts, reserved: '1', reservedAt: '1' })
      expect(await store.reserve(request('q', now))).toEqual([])
      expect(await store.failed.all()).toHaveLength(1)
    },
  )

  test('a delivery that cannot be counted further is buried when it is released as spent', async () => {
    const store = await storeWith({ attempts: '254' })
    const [reservation] = await store.reserve(request('q', now))
    expect(reservation?.attempts).toBe(255)
    const spent = { kind: 'release', reservation: reservation!, delayMs: 0, spend: true } as const
    expect(await store.settle([spent], now)).toEqual([])
    expect(await store.failed.all()).toHaveLength(1)
  })

  test('a due time that is no number never comes, and to look takes no lock', async () => {
    const file = tempFile()
    const store = await openStore(file)
    const database = createDatabase(file)
    onTestFinished(() => database.close())
    await database.execute(`INSERT INTO jobs (queue, payload, attempts, reserved, available_at, created_at)
      VALUES ('q', '{}', 0, 0, 'soon', 0)`)
    await database.transaction(async () => {
      expect(await store.reserve(request('q', now))).toEqual([])
    })
  }, 5_000)
})
