import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, PayloadError, QueueError } from '../../../src/contract/errors.ts'
import { type Bytes, nested, type Push, phpFixture, textOf } from '../../payload/fixtures.ts'
import { dataByCase, phpOnly } from '../../payload/pushes.ts'
import { clientOf, work } from '../wire-work.ts'
import { phpJobsTable, Tables } from './mysql-store.ts'

interface Row {
  readonly queue: string
  readonly payload: Bytes
  readonly attempts: number
  readonly reserved: number
  readonly reserved_at: null
  readonly available_minus_created: number
}

interface MysqlPush extends Push {
  readonly call: Push['call'] & {
    readonly method: 'push' | 'later'
    readonly delay_php: string | null
    readonly queue_php: string
  }
  readonly rows?: readonly (Row & { readonly payload: Bytes })[]
}

const pushes = phpFixture<{ cases: MysqlPush[] }>('push_mysql').cases
const stored = pushes.filter(({ rows }) => rows?.length === 1)
const tables = new Tables()

beforeEach(async () => {
  tables.fresh()
  await tables.sql(phpJobsTable(tables.jobs))
})

/** A PHP string literal, or for an object the job under which PHP pushes it. */
function jobOf({ call }: MysqlPush): string {
  const literal = /^'(.*)'$/.exec(call.job_php)?.[1]
  return literal === undefined ? 'think\\queue\\CallQueuedHandler@call' : literal.replaceAll('\\\\', '\\')
}

function push(client: ReturnType<typeof clientOf>, said: MysqlPush): Promise<string> {
  const { method, delay_php, queue_php } = said.call
  const queue = queue_php === 'null' ? null : queue_php.slice(1, -1)
  const data = dataByCase[said.name]
  if (method === 'push') return client.push(jobOf(said), data, queue)
  return client.later(Number(delay_php!.replaceAll("'", '')), jobOf(said), data, queue)
}

/** Pushes that are refused here, and by what. */
const refused: Readonly<Record<string, readonly [new (...args: never[]) => Error, RegExp]>> = {
  queue_with_comma: [ConfigError, /a comma separates queues/],
  queue_with_colon: [ConfigError, /cannot end in ":reserved"/],
  later_negative: [QueueError, /a delay of -5/],
}

describe('what is pushed here is the row that PHP writes', () => {
  const sayable = stored.filter(({ name }) => name in dataByCase && !(name in refused))

  it.each(sayable)('$name', async (said) => {
    const [row] = said.rows!
    const connector = await tables.open()
    const id = await push(clientOf(connector), said)
    const [ours] = (await tables.sql(
      `SELECT *, HEX(payload) AS hex, UNIX_TIMESTAMP() - created_at AS age FROM ${tables.jobs}`,
    )) as [Record<string, number | string>]
    expect(Buffer.from(String(ours.hex), 'hex').toString()).toBe(textOf(row!.payload))
    expect(ours).toMatchObject({ queue: row!.queue, attempts: 0, reserved: 0, reserved_at: null })
    expect(String(ours.id)).toBe(id)
    expect(Math.abs(Number(ours.age))).toBeLessThan(5)
    const delay = Number(ours.available_at) - Number(ours.created_at)
    // Where PHP cuts a fraction of a second off, a delay is never shorter here than was asked for.
    expect(delay - row!.available_minus_created).toBeGreaterThanOrEqual(0)
    expect(delay - row!.available_minus_created).toBeLessThanOrEqual(said.call.method === 'later' ? 1 : 0)
  })

  it.each(stored.filter(({ name }) => name in refused))('$name is refused', async (said) => {
    const [kind, message] = refused[said.name]!
    const pushed = push(clientOf(await tables.open()), said)
    await expect(pushed).rejects.toThrow(message)
    await expect(pushed).rejects.toBeInstanceOf(kind)
    expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([])
  })

  it('what PHP refuses, or stores though its own worker cannot read it, is refused', async () => {
    const client = clientOf(await tables.open())
    for (const data of [NaN, Infinity, '\ud800', nested(511), () => 1])
      await expect(client.push('Job1', data)).rejects.toBeInstanceOf(PayloadError)
    expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([])
  })

  it('every one of the 57 pushes is in one of these lists', () => {
    const listed = [...sayable.map(({ name }) => name), ...Object.keys(refused), ...Object.keys(phpOnly)]
    expect(listed.sort()).toEqual(pushes.map(({ name }) => name).sort())
  })
})

describe('what PHP pushed is run here and leaves nothing behind', () => {
  it.each(stored)('$name', async (said) => {
    const [row] = said.rows!
    await tables.sql(
      `INSERT INTO ${tables.jobs} (queue, payload, attempts, reserved, reserved_at, available_at, created_at)
        SELECT ?, ?, 0, 0, NULL, UNIX_TIMESTAMP() + ?, UNIX_TIMESTAMP()`,
      [row!.queue, textOf(row!.payload), row!.available_minus_created],
    )
    const connector = await tables.open()
    const early = await work(connector, { queues: [row!.queue] })
    const isEarly = row!.available_minus_created > 0
    if (isEarly) expect(early.runs).toEqual([])
    await tables.sql(`UPDATE ${tables.jobs} SET available_at = 1`)
    const { runs, errors } = isEarly ? await work(connector, { queues: [row!.queue] }) : early
    expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([])
    // Among them `err_depth`, which PHP's own worker cannot read.
    expect(errors).toEqual([])
    expect(runs).toMatchObject([{ queue: row!.queue, attempts: 1 }])
    expect(await connector.failed.all()).toEqual([])
  })
})
