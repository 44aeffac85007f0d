import { describe, expect, onTestFinished, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { workerOptions } from '../../src/config/units.ts'
import { createDatabase, isConnectionLost } from '../../src/database/index.ts'
import { systemClock } from '../../src/process/clock.ts'
import { Worker } from '../../src/worker/worker.ts'
import { startMysql } from '../mysql-server.ts'
import { OutboxRig, until } from '../outbox/outbox-rig.ts'
import { isLostByPrisma } from './adapters.js'
import { libraries } from './libraries.js'

const rig = new OutboxRig()
const isLost = (error) => isConnectionLost(error) || isLostByPrisma(error)

/** Ends the connection on which that runs, once it does. */
async function killThat(text) {
  let id
  await until(async () => {
    const found = await rig.sql('SELECT id FROM information_schema.processlist WHERE info = ?', [text])
    id = found[0]?.id
    return id !== undefined
  })
  await rig.sql(`KILL CONNECTION ${Number(id)}`)
}

describe.each(Object.keys(libraries))('a connection of %s that is killed under a job', (name) => {
  test('costs no try: the worker brakes, asks until the database answers, and runs the job again', async () => {
    await rig.fresh()
    const library = await libraries[name](rig.url)
    onTestFinished(() => library.close())
    // A pool of mysql2 that the library was given can be asked by our client too.
    const database = library.pool && createDatabase({ pool: library.pool })
    let pings = 0
    const ping = async () => {
      pings++
      if (pings < 3) throw new Error('not yet')
      await (database === undefined ? library.query('SELECT 1') : database.query('SELECT 1'))
    }
    const infrastructure = { isLost, ping }
    const source = { file: null, root: '/', env: {}, searched: [] }
    const context = await compose(await resolveConfig({ ...rig.config(), infrastructure }, source))
    onTestFinished(() => context.close())
    const sleep = `SELECT SLEEP(20) /* ${name} */`
    const runs = []
    const run = async (job) => {
      runs.push(job.attempts)
      if (runs.length === 1) await library.query(sleep)
    }
    const entry = {
      ...{ name: 'Notice', file: '/jobs/Notice.ts', kind: 'function' },
      open: () => ({ run, failed: undefined }),
    }
    const heard = []
    for (const event of ['infrastructure:down', 'infrastructure:up', 'job:error', 'job:failed'])
      context.emitter.on(event, () => heard.push([event, pings]))
    const worker = new Worker({
      connector: context.pull(),
      registry: { resolve: () => entry, entries: [entry] },
      options: workerOptions(context.config, context.connection, { tries: 1, memory: 0 }),
      emitter: context.emitter,
      clock: systemClock,
      memory: { used: () => 0, collect: () => undefined },
      infrastructure: context.config.infrastructure,
      keepFailedMs: null,
    })
    await context.queue().push('Notice', 1)
    const running = worker.run()
    await killThat(sleep)
    await until(async () => runs.length === 2)
    worker.stop('signal')
    await running
    expect(runs).toEqual([1, 1])
    expect(heard).toEqual([
      ['infrastructure:down', 0],
      ['job:error', 0],
      ['infrastructure:up', 3],
    ])
  })
})

test('a server that is not there is known for a lost one, whichever library is asked', async () => {
  const server = await startMysql()
  const open = await Promise.all(Object.values(libraries).map((library) => library(server.url)))
  onTestFinished(async () => {
    await Promise.allSettled(open.map((library) => library.close()))
    await server.stop()
  })
  for (const library of open) await library.query('SELECT 1')
  await server.kill()
  const known = await Promise.all(open.map((library) => library.query('SELECT 1').then(() => null, isLost)))
  expect(known).toEqual(open.map(() => true))
})
