import { beforeEach, expect, test } from 'vitest'
import { applicationDatabase } from '../../database/mysql/mysql-rig.ts'
import { counted } from '../../text-messages/text-account.ts'
import { RedisRig } from '../redis/redis-rig.ts'
import { clientOf } from '../wire-work.ts'
import { Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

const races = counted(1_000, 100)

test(`in ${races} races no worker is faster than the commit, and what is rolled back never runs`, {
  timeout: 30_000 + races * 100,
}, async () => {
  const orders = `${tables.prefix}orders`
  await tables.sql(`CREATE TABLE ${orders} (id INT AUTO_INCREMENT PRIMARY KEY)`)
  const [producing, working] = [await tables.open(), await tables.open()]
  const queue = clientOf(producing)
  const [database, reader] = [applicationDatabase(tables.url), applicationDatabase(tables.url)]
  const ran: number[] = []
  let early = 0
  const rig = new RedisRig(
    working,
    async (order) => {
      const found = await reader.query(`SELECT 1 FROM ${orders} WHERE id = ?`, [order as number])
      if (found.length === 0) early++
      ran.push(order as number)
    },
    { concurrency: 4, sleepMs: 20 },
  )
  const committed: number[] = []
  for (let race = 0; race < races; race++) {
    const isKept = race % 5 !== 0
    let order = 0
    const done = database.transaction(async (tx) => {
      order = (await tx.execute(`INSERT INTO ${orders} VALUES ()`)).insertId
      await queue.push('J', order, { tx })
      if (race % 3 === 0) await new Promise((resolve) => setTimeout(resolve, race % 7))
      if (!isKept) throw new Error('rolled back')
    })
    if (!isKept) await expect(done).rejects.toThrow('rolled back')
    else {
      await done
      committed.push(order)
      await rig.until(() => rig.all('job:processed').length >= committed.length)
    }
  }
  expect(early).toBe(0)
  expect(ran).toEqual(committed)
  await expect.poll(() => tables.sql(`SELECT id FROM ${tables.jobs}`)).toEqual([])
})
