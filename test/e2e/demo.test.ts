import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { freePort } from '../free-port.ts'
import { type MysqlServer, startMysql, testMysql } from '../mysql-server.ts'
import { type RedisServer, startRedis } from '../redis-server.ts'

const example = fileURLToPath(new URL('../../examples/reserve-notice/', import.meta.url))
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-demo-')))
const runs: ReturnType<typeof spawn>[] = []

interface Run {
  readonly code: number | null
  readonly output: string
  /** Where the demo kept what it made; '' when nothing is left. */
  readonly folder: string
}

/** Runs the demo in a temporary folder of its own; `watch` sees what it has printed so far. */
async function runDemo(
  args: readonly string[],
  name: string,
  watch = (_: string, __: () => void) => {},
  env: NodeJS.ProcessEnv = { QUEUE_CONNECTOR: 'memory' },
): Promise<Run> {
  const own = mkdtempSync(join(temporary, `${name}-`))
  const child = spawn(process.execPath, [join(example, 'demo.js'), ...args], {
    env: { ...process.env, TMPDIR: own, TEMP: own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  runs.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      watch(output, () => child.kill('SIGINT'))
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const [left] = readdirSync(own)
  return { code, output, folder: left === undefined ? '' : join(own, left) }
}

function lines<Row>(file: string): Row[] {
  const text = readFileSync(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

afterAll(() => {
  for (const run of runs) run.kill('SIGKILL')
  rmSync(temporary, { recursive: true, force: true, maxRetries: 10 })
})

describe('the demo', () => {
  let run: Run
  let told: Record<string, number>

  beforeAll(async () => {
    run = await runDemo(['--keep'], 'whole')
    told = JSON.parse(run.output.trimEnd().split('\n').at(-1) ?? '')
  }, 120_000)

  it('ends with 0 and says so, having shown refusals, retries and a kill -9', () => {
    expect(run.code, run.output).toBe(0)
    expect(run.output).toMatch(/待支付的订单不可以添加预约/)
    expect(run.output).toMatch(/kill -9/)
    expect(run.output).toMatch(/SIGTERM\): exit 0/)
    expect(run.output).toMatch(/failed for 周经理/)
  })

  it('books every paid order of its data and no other', async () => {
    const orders = lines<{ order_number: string; status: number }>(join(example, 'data/orders.jsonl'))
    const bookings = lines<{ order_number: string }>(join(example, 'data/bookings.jsonl'))
    const unpaid = new Set(orders.filter(({ status }) => status === 1).map((order) => order.order_number))
    const refused = bookings.filter((booking) => unpaid.has(booking.order_number)).length
    expect(bookings.length).toBeGreaterThanOrEqual(200)
    expect(refused).toBeGreaterThan(0)
    expect(told).toMatchObject({ refused, reservations: bookings.length - refused })
  })

  it('tells the truth in its last line', async () => {
    const db = createDatabase(`sqlite:${join(run.folder, 'reserve-notice.sqlite')}`)
    const expected = await db.query<{ notice: string }>(
      `SELECT reservation_number || ' ' || official_account_openid AS notice FROM order_service_reserves
        JOIN admins ON admins.status = 1 AND official_account_openid <> ''`,
    )
    const [kept] = await db.query(
      'SELECT (SELECT COUNT(*) FROM jobs) AS jobs, (SELECT COUNT(*) FROM failed_jobs) AS failed',
    )
    await db.close()
    const accepted = lines<{ reservationNumber: string; openId: string }>(join(run.folder, 'accepted.jsonl'))
    const arrived = accepted.map(({ reservationNumber, openId }) => `${reservationNumber} ${openId}`)
    expect(kept).toEqual({ jobs: 0, failed: 0 })
    expect([...new Set(arrived)].sort()).toEqual(expected.map(({ notice }) => notice).sort())
    expect(told).toEqual({
      reservations: told.reservations,
      refused: told.refused,
      notices: expected.length,
      delivered: new Set(arrived).size,
      lost: 0,
      duplicates: arrived.length - new Set(arrived).size,
      buried: 0,
    })
  })

  it('sends nothing twice but what was in flight at the kill', () => {
    const inFlight = Number(/kill -9, (\d+) notices in flight/.exec(run.output)?.[1])
    expect(told.duplicates).toBeLessThanOrEqual(inFlight)
  })
})

it('a demo that is interrupted ends its worker and leaves nothing behind', async () => {
  let pid = 0
  const { code, folder, output } = await runDemo([], 'interrupted', (printed, interrupt) => {
    const started = /worker +started .*pid (\d+)[\s\S]*accepted/.exec(printed)
    if (started === null || pid !== 0) return
    pid = Number(started[1])
    interrupt()
  })
  expect(code, output).toBe(130)
  expect(folder).toBe('')
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000)
}, 60_000)

describe('the demo on MySQL', () => {
  let mysql: MysqlServer
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    mysql = await startMysql({ durable: true })
    env = { QUEUE_CONNECTOR: 'database', QUEUE_DSN: mysql.url, QUEUE_DEFAULT: 'not the demo’s' }
  })

  afterAll(() => mysql.stop())

  const databases = async () => (await mysql.sql("SHOW DATABASES LIKE 'thinkq_demo%'")).length

  it('loses nothing, with a kill -9 on the way, and leaves no database behind', async () => {
    let during = 0
    const watch = (printed: string) => {
      if (during === 0 && printed.includes('kept in MySQL'))
        void databases().then((count) => (during += count))
    }
    const run = await runDemo([], 'mysql', watch, env)
    expect(run.code, run.output).toBe(0)
    expect(run.output).toMatch(/kill -9/)
    const told = JSON.parse(run.output.trimEnd().split('\n').at(-1) ?? '')
    expect(told).toMatchObject({ delivered: told.notices, lost: 0, buried: 0 })
    const inFlight = Number(/kill -9, (\d+) notices in flight/.exec(run.output)?.[1])
    expect(told.duplicates).toBeLessThanOrEqual(inFlight)
    expect({ during, after: await databases() }).toEqual({ during: 1, after: 0 })
    expect(await mysql.sql('SHOW TABLES FROM test')).toEqual([])
  }, 120_000)

  it('says at once that there is no MySQL', async () => {
    const QUEUE_DSN = `mysql://root@127.0.0.1:${await freePort()}/test`
    const { code, output, folder } = await runDemo([], 'no-mysql', undefined, { ...env, QUEUE_DSN })
    expect(code).toBe(1)
    expect(output).toMatch(/ECONNREFUSED/)
    expect(output).not.toMatch(/worker +started/)
    expect(folder).toBe('')
  }, 60_000)
})

describe('the demo on Redis', () => {
  /** What somebody else keeps on that server. */
  const strangers = ['queues:reserve_notice', 'thinkq-demo-:queues:reserve_notice']
  let redis: RedisServer
  let env: NodeJS.ProcessEnv
  let run: Run
  /** The keys that are there while it runs. */
  let keys: Promise<string[]>

  async function keysOfDemo(): Promise<string[]> {
    const all = (await redis.cli('KEYS', '*')) as string[]
    expect(all).toEqual(expect.arrayContaining(strangers))
    return all.filter((key) => !strangers.includes(key))
  }

  beforeAll(async () => {
    redis = await startRedis()
    env = { QUEUE_CONNECTOR: 'redis', QUEUE_REDIS_URL: redis.url, QUEUE_DEFAULT: 'not the demo’s' }
    for (const key of strangers) await redis.cli('RPUSH', key, '{"job":"Stranger"}')
    const watch = (printed: string) => {
      if (printed.includes('KILLED')) keys ??= keysOfDemo()
    }
    run = await runDemo([], 'redis', watch, env)
  }, 120_000)

  afterAll(() => redis.stop())

  it('loses nothing, with a kill -9 on the way', () => {
    expect(run.code, run.output).toBe(0)
    expect(run.output).toMatch(/kill -9/)
    expect(run.output).toMatch(/SIGTERM\): exit 0/)
    const told = JSON.parse(run.output.trimEnd().split('\n').at(-1) ?? '')
    expect(told).toMatchObject({ delivered: told.notices, lost: 0, buried: 0 })
    const inFlight = Number(/kill -9, (\d+) notices in flight/.exec(run.output)?.[1])
    expect(told.duplicates).toBeLessThanOrEqual(inFlight)
  })

  it('keeps its jobs there, under a prefix of its own, and removes them', async () => {
    const prefixes = new Set((await keys).map((key) => /^thinkq-demo-[0-9a-f]{12}:/.exec(key)?.[0]))
    expect([...prefixes]).toEqual([expect.any(String)])
    expect(await keys).toContain(`${[...prefixes][0]}queues:reserve_notice:reserved`)
    expect(await keysOfDemo()).toEqual([])
    for (const key of strangers) expect(await redis.cli('LLEN', key)).toBe(1)
  })

  it('keeps the rest in a MySQL that DATABASE_URL names, and loses nothing between the two', async () => {
    const mysql = await testMysql({ durable: true })
    const databases = async () => (await mysql.sql("SHOW DATABASES LIKE 'thinkq_demo%'")).length
    let during: Promise<number> | undefined
    const watch = (printed: string) => {
      if (printed.includes('the rest in MySQL')) during ??= databases()
    }
    const run = await runDemo([], 'redis-mysql', watch, { ...env, DATABASE_URL: mysql.url })
    expect(run.code, run.output).toBe(0)
    const told = JSON.parse(run.output.trimEnd().split('\n').at(-1) ?? '')
    expect(told).toMatchObject({ delivered: told.notices, lost: 0, buried: 0 })
    const inFlight = Number(/kill -9, (\d+) notices in flight/.exec(run.output)?.[1])
    expect(told.duplicates).toBeLessThanOrEqual(inFlight)
    expect({ during: await during, after: await databases() }).toEqual({ during: 1, after: 0 })
    expect(await mysql.sql('SHOW TABLES FROM test')).toEqual([])
    expect(await keysOfDemo()).toEqual([])
  }, 120_000)

  it('leaves nothing there when it is interrupted', async () => {
    let isInterrupted = false
    const interruptAtWork = (printed: string, interrupt: () => void) => {
      if (isInterrupted || !/worker +started[\s\S]*accepted/.test(printed)) return
      isInterrupted = true
      interrupt()
    }
    const { code, folder, output } = await runDemo([], 'redis-interrupted', interruptAtWork, env)
    expect(code, output).toBe(130)
    expect(folder).toBe('')
    expect(await keysOfDemo()).toEqual([])
  }, 60_000)

  it('says at once that there is no Redis', async () => {
    const { code, output, folder } = await runDemo([], 'no-redis', undefined, {
      ...env,
      QUEUE_REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    })
    expect(code).toBe(1)
    expect(output).toMatch(/cannot be reached: nobody listens there/)
    expect(output).not.toMatch(/worker +started/)
    expect(folder).toBe('')
  }, 60_000)
})
