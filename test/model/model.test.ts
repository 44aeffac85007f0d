import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseConnector } from '../../src/connectors/database/index.ts'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import { redisConnector } from '../../src/connectors/redis/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import { type SomeMysql, someMysql } from '../mysql-server.ts'
import { type SomeRedis, someRedis } from '../redis-server.ts'
import { seeded } from '../seeded.ts'
import { shrunk } from './shrink.ts'
import { type Connections, Twins } from './twins.ts'

/** Steps of a program. MODEL_SEED=n runs the one of that seed alone, MODEL_PROGRAMS=n as many on each store. */
const steps = 60
const chosen = process.env.MODEL_SEED

const folder = mkdtempSync(join(tmpdir(), 'thinkq-model-'))
let redis: SomeRedis
let mysql: SomeMysql
beforeAll(async () => {
  redis = await someRedis()
  mysql = await someMysql()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await redis.stop()
  await mysql.stop()
})

let made = 0
const surroundings = { connection: 'main', root: '/' }

/** Options of a place where nothing is yet. */
const stores = [
  ['SQLite', 40, () => ({ dsn: `sqlite:${join(folder, `${++made}.sqlite`)}` })],
  ['Redis', 40, () => ({ url: redis.url, prefix: `${redis.prefix}${++made}:` })],
  ['MySQL', 15, () => ({ dsn: mysql.url, prefix: `m${++made}_` })],
] as const

function seedsOf(usual: number): readonly number[] {
  if (chosen !== undefined) return [Number(chosen)]
  const count = Number(process.env.MODEL_PROGRAMS ?? usual)
  return Array.from({ length: count }, (_, at) => at + 1)
}

/** A program is the seeds of its steps. */
function programOf(seed: number): readonly number[] {
  const random = seeded(seed)
  return Array.from({ length: steps }, () => random(2 ** 31))
}

/** Runs a program on two stores where nothing is yet; answers what was done, and the first difference. */
async function run(program: readonly number[], place: object) {
  const store = new MemoryStore()
  const make = 'url' in place ? redisConnector : databaseConnector
  const connections: Connections[] = []
  for (let each = 0; each < 2; each++) {
    const other = (await make({ ...place }, surroundings)) as PullConnector
    await other.open()
    connections.push({ memory: new MemoryConnector({ store, connection: 'main' }), other })
  }
  const twins = new Twins(connections)
  try {
    for (const seed of program) await twins.step(seed)
    await twins.drain()
    return { log: twins.log, error: undefined }
  } catch (error) {
    return { log: twins.log, error: error as Error }
  } finally {
    for (const { other } of connections) await other.close()
  }
}

describe.each(stores)('memory and %s answer a random program alike', (_, usual, place) => {
  test.each(seedsOf(usual))(
    'MODEL_SEED=%i',
    async (seed) => {
      const program = programOf(seed)
      const { error } = await run(program, place())
      if (error === undefined) return
      const shortest = await shrunk(program, async (some) => (await run(some, place())).error !== undefined)
      const { log, error: last } = await run(shortest, place())
      expect.fail(
        `MODEL_SEED=${seed}, ${shortest.length} steps:\n${log.join('\n')}\n${(last ?? error).message}`,
      )
    },
    120_000,
  )
})

test('what fails is made as short as can be', async () => {
  const program = Array.from({ length: 60 }, (_, at) => at)
  const fails = async (some: readonly number[]) => some.includes(7) && some.includes(43)
  expect(await shrunk(program, fails)).toEqual([7, 43])
})
