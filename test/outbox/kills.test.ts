import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { OutboxRig, until } from './outbox-rig.ts'

/** Kills at each step; the whole proof takes 100: QUEUE_TEST_OUTBOX_KILLS=100. */
const kills = Number(process.env.QUEUE_TEST_OUTBOX_KILLS ?? 2)
const here = fileURLToPath(new URL('.', import.meta.url))
const rig = new OutboxRig()
beforeEach(() => rig.fresh())

/** Runs a victim until it is dead; answers the signal. */
function victim(role: 'producer' | 'relay', step: string, after: number): Promise<NodeJS.Signals | null> {
  const task = {
    ...{ role, step, after, config: rig.config(), url: rig.url, orders: rig.orders },
    dist: new URL('../../dist', import.meta.url).href,
  }
  const child = spawn(process.execPath, [`${here}victim.js`, JSON.stringify(task)], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))
}

async function orders(): Promise<readonly number[]> {
  const rows = await rig.sql(`SELECT id FROM ${rig.orders}`)
  return rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b)
}

async function jobs(): Promise<readonly number[]> {
  return ((await rig.jobs('default')) as number[]).toSorted((a, b) => a - b)
}

/** The next relay need not wait until the lock of the dead one ends. */
async function unlock(): Promise<void> {
  const locks = (await rig.redis.cli('KEYS', `${rig.prefix}thinkq:cache:relay:*`)) as string[]
  for (const lock of locks) await rig.redis.cli('DEL', lock)
}

/** Whatever is in the table is moved by another relay. */
async function moveTheRest(): Promise<void> {
  const context = await rig.context()
  context.relay()!.start()
  await until(async () => (await rig.rows()) === 0)
  await context.close()
}

const senderSteps = ['before take', 'after take', 'before forget', 'after forget']

describe('a producer that is killed', () => {
  test.each(['in the transaction', 'during the commit', ...senderSteps])(
    '%s loses no committed job, doubles none and makes none of what did not commit',
    async (step) => {
      for (let each = 1; each <= kills; each++)
        expect(await victim('producer', step, 3 + (each % 6))).toBe('SIGKILL')
      expect((await orders()).length).toBeGreaterThan(0)
      await moveTheRest()
      expect(await jobs()).toEqual(await orders())
    },
    60_000 + kills * 5_000,
  )
})

describe('a relay that is killed', () => {
  test.each(senderSteps)(
    '%s loses no job and doubles none',
    async (step) => {
      const context = await rig.context()
      const queue = context.queue()
      const database = rig.database()
      const abandon = async () => {
        const outbox = context.connector.outbox!
        outbox.take = async () => false
        for (let each = 0; each < 5; each++)
          await database.transaction(async (tx) => {
            const { insertId } = await tx.execute(`INSERT INTO ${rig.orders} VALUES ()`)
            await queue.push('Notice', insertId, { tx })
          })
      }
      for (let each = 1; each <= kills; each++) {
        await abandon()
        expect(await victim('relay', step, 1)).toBe('SIGKILL')
        await unlock()
      }
      await moveTheRest()
      expect(await jobs()).toEqual(await orders())
      expect(await orders()).toHaveLength(5 * kills)
    },
    60_000 + kills * 8_000,
  )
})
