import { beforeEach, expect, test } from 'vitest'
import { CommitRaces } from '../../commit-races.ts'
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
  const all = new CommitRaces({ database, reader, orders })
  const rig = new RedisRig(working, (order) => all.job(order as number), { concurrency: 4, sleepMs: 20 })
  await all.run(
    races,
    (order, tx) => queue.push('J', order, { tx }),
    () => rig.until(() => rig.all('job:processed').length >= all.committed.length),
  )
  expect(all.early).toBe(0)
  expect(all.ran).toEqual(all.committed)
  await expect.poll(() => tables.sql(`SELECT id FROM ${tables.jobs}`)).toEqual([])
})
