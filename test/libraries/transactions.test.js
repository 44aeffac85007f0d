import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { OutboxRig, until } from '../outbox/outbox-rig.ts'
import { libraries } from './libraries.js'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

/** The library, and a queue whose jobs are kept by that connection of the rig. */
async function atWork(name, connection) {
  const library = await libraries[name](rig.url)
  onTestFinished(() => library.close())
  const source = { file: null, root: '/', env: {}, searched: [] }
  const context = await compose(await resolveConfig({ ...rig.config(), connection }, source))
  const queue = context.queue()
  onTestFinished(() => queue.close())
  return { library, queue, connector: context.pull() }
}

/** An order and its job, for better or worse. */
async function order(library, queue, data, isKept = true) {
  let id
  const done = library.transaction(async (tx, run) => {
    await run(`INSERT INTO ${rig.orders} VALUES ()`)
    id = await queue.push('Notice', data, { tx })
    if (!isKept) throw new Error('unpaid')
  })
  if (isKept) await done
  else await expect(done).rejects.toThrow('unpaid')
  return id
}

async function orders() {
  return (await rig.sql(`SELECT id FROM ${rig.orders}`)).length
}

describe.each(Object.keys(libraries))('a transaction of %s', (name) => {
  test('carries a push to Redis: there after the commit, never after a rollback', async () => {
    const { library, queue } = await atWork(name, 'main')
    await order(library, queue, 'undone', false)
    const nasty = { text: '? ?? :name $1 \\ " \' 王芳 🐱', n: 2 ** 53 - 1 }
    expect(await order(library, queue, nasty)).toMatch(/^tq/)
    await queue.later(60, 'Notice', 'no transaction')
    await until(async () => (await rig.jobs('default')).length > 0 && (await rig.rows()) === 0)
    expect(await rig.jobs('default')).toEqual([nasty])
    expect(await orders()).toBe(1)
  })

  test('carries many jobs at once, in their order', async () => {
    const { library, queue } = await atWork(name, 'main')
    const numbers = Array.from({ length: 250 }, (_, at) => at)
    await library.transaction((tx) =>
      queue.bulk(
        numbers.map((data) => ({ job: 'Notice', data })),
        { tx },
      ),
    )
    await until(async () => (await rig.jobs('default')).length === 250)
    expect(await rig.jobs('default')).toEqual(numbers)
  })

  test('carries a push into the jobs table of the same database, with the id of its row', async () => {
    const { library, queue, connector } = await atWork(name, 'data')
    await order(library, queue, 'undone', false)
    const id = await order(library, queue, { text: '王芳 ?' })
    const [first, second] = await library.transaction((tx) =>
      queue.bulk(
        [
          { job: 'Notice', data: 1 },
          { job: 'Notice', data: 2 },
        ],
        { tx },
      ),
    )
    const taken = await connector.reserve({ queues: ['default'], limit: 10, expireMs: 60_000 })
    expect(taken.map((job) => [job.id, JSON.parse(job.body).data])).toEqual([
      [id, { text: '王芳 ?' }],
      [first, 1],
      [second, 2],
    ])
    expect(await orders()).toBe(1)
  })

  test('on another database is refused', async () => {
    const { queue } = await atWork(name, 'main')
    const other = `${new URL(rig.url).pathname.slice(1)}_b`
    await rig.sql(`CREATE DATABASE ${other}`)
    onTestFinished(() => rig.sql(`DROP DATABASE ${other}`))
    const url = new URL(rig.url)
    url.pathname = `/${other}`
    const elsewhere = await libraries[name](String(url))
    onTestFinished(() => elsewhere.close())
    await elsewhere.transaction(async (tx) => {
      await expect(queue.push('Notice', 1, { tx })).rejects.toMatchObject({ code: 'TX_ELSEWHERE' })
    })
  })
})
