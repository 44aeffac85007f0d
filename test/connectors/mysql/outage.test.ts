import { expect, onTestFinished, test, vi } from 'vitest'
import { MemoryConnector } from '../../../src/connectors/memory/index.ts'
import { defineJob } from '../../../src/contract/job.ts'
import { otherDatabases, ownDatabases } from '../../../src/database/infrastructure.ts'
import { Emitter } from '../../../src/emitter.ts'
import { systemClock } from '../../../src/process/clock.ts'
import { Worker } from '../../../src/worker/worker.ts'
import { applicationDatabase } from '../../database/mysql/mysql-rig.ts'
import { testMysql } from '../../mysql-server.ts'
import { registryOf, usualOptions, workerEvents } from '../../worker/rig.ts'
import { clientOf } from '../wire-work.ts'

/** A worker of jobs whose queue lives elsewhere than the database they use. */
function workerOf(run: (n: number) => Promise<unknown>, maxJobs: number) {
  const connector = new MemoryConnector({ clock: systemClock })
  const emitter = new Emitter()
  const heard: string[] = []
  for (const name of workerEvents) emitter.on(name, () => heard.push(name))
  const worker = new Worker({
    connector,
    registry: registryOf({ Job1: defineJob(async (n: number) => run(n)) }),
    options: { ...usualOptions, concurrency: 4, tries: 1, maxJobs, sleepMs: 50 },
    emitter,
    clock: systemClock,
    memory: { used: () => 0, collect: () => {} },
    keepFailedMs: null,
    infrastructure: [ownDatabases, otherDatabases],
  })
  onTestFinished(() => worker.stopNow('signal'))
  return { worker, connector, heard, client: clientOf(connector) }
}

test('a database that is restarted under jobs with one try each fails none of them', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql({ durable: true })
  await server.sql('CREATE TABLE test.notes (n INT)')
  const database = applicationDatabase(server.url, { connectMs: 1_000 })
  let away: Promise<void> | undefined
  const { worker, connector, heard, client } = workerOf(async (n) => {
    await database.execute('INSERT INTO notes VALUES (?)', [n])
    if (n === 20)
      away ??= server.kill().then(async () => {
        await vi.waitUntil(() => heard.includes('infrastructure:down'), { timeout: 30_000, interval: 5 })
        await server.launch()
      })
  }, Infinity)
  for (let n = 0; n < 60; n++) await client.push('Job1', n)
  const ended = worker.run()
  await expect.poll(async () => (await connector.size('default')).ready, { timeout: 30_000 }).toBe(0)
  await expect
    .poll(async () => Object.values(await connector.size('default')).filter(Boolean), { timeout: 30_000 })
    .toEqual([])
  worker.stop('signal')
  await ended
  await away
  expect(heard).toContain('infrastructure:down')
  expect(heard).toContain('infrastructure:up')
  expect(heard).not.toContain('job:failed')
  const rows = await server.sql('SELECT COUNT(DISTINCT n) AS jobs FROM test.notes')
  expect(rows).toEqual([{ jobs: 60 }])
})

test('an ECONNRESET that fetch throws out of a job spends its try, and nothing brakes', async () => {
  const { worker, connector, heard, client } = workerOf(async () => {
    await fetch('http://127.0.0.1:1')
  }, 1)
  await client.push('Job1', 1)
  await worker.run()
  expect(heard).toContain('job:failed')
  expect(heard).not.toContain('infrastructure:down')
  expect(await connector.failed.all()).toHaveLength(1)
})
