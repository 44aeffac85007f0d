import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Child } from '../database/child.ts'
import { envelope, openStore, tempFile } from './database-store.ts'

/** In which step of its life, counted from its start, each process is killed. */
const deaths = [
  { step: 'push', nth: 1 },
  { step: 'push', nth: 9 },
  { step: 'reserve', nth: 5 },
  { step: 'settle', nth: 1 },
  { step: 'settle', nth: 8 },
  { step: 'push', nth: 14 },
  { step: 'settle', nth: 13 },
  { step: 'reserve', nth: 11 },
] as const

const mendingDeaths = [
  { step: 'retry', nth: 1 },
  { step: 'migrate', nth: 1 },
  { step: 'retry', nth: 4 },
  { step: 'migrate', nth: 5 },
  { step: 'retry', nth: 9 },
  { step: 'migrate', nth: 12 },
] as const

test('kill -9 in any step loses no acknowledged push, forks none, and undoes no acknowledged settlement', {
  timeout: 120_000,
}, async () => {
  const file = tempFile()
  const ledger = join(file, '..', 'ledger')
  writeFileSync(ledger, '')
  for (const [life, { step, nth }] of deaths.entries()) {
    const child = new Child('ledger.ts', [file, ledger, `life${life}`])
    for (let seen = 0; seen < nth; ) if ((await child.next()) === step) seen++
    child.kill()
    await child.ended
  }
  const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n')
  const noted = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  const store = await openStore(file)
  const later = Math.ceil(performance.timeOrigin + performance.now()) + 7_200_000
  const request = { queues: ['q'], limit: 100_000, expireMs: 3_600_000, now: later }
  const waiting = (await store.reserve(request)).map(({ body }) => body)
  const failed = (await store.failed.all()).map(({ body }) => body)

  expect(noted('pushed').length).toBeGreaterThan(100)
  expect(unique(waiting), 'no job is in the queue twice').toHaveLength(waiting.length)
  expect(unique(failed), 'no job is buried twice').toHaveLength(failed.length)
  expect(
    waiting.filter((body) => failed.includes(body)),
    'none is both waiting and buried',
  ).toEqual([])
  const gone = new Set([...noted('delete'), ...waiting, ...failed])
  const lost = noted('pushed').filter((body) => !gone.has(body))
  expect(lost.length, 'only what was being settled at a kill may be done without a note').toBeLessThanOrEqual(
    deaths.filter(({ step }) => step === 'settle').length * 6,
  )
  expect(
    lost.filter((body) => !noted('run').includes(body)),
    'nothing vanished unrun',
  ).toEqual([])
  const ended = new Set([...waiting, ...failed])
  expect(
    noted('delete').filter((body) => ended.has(body)),
    'what was deleted stays deleted',
  ).toEqual([])
  expect(unique(noted('delete'))).toHaveLength(noted('delete').length)
  expect(
    noted('bury').filter((body) => !failed.includes(body)),
    'what was buried stays buried',
  ).toEqual([])
  expect(await store.push([envelope('q')])).toHaveLength(1)
})

test('kill -9 while failed jobs are retried or ended leases are taken over keeps each job once', {
  timeout: 120_000,
}, async () => {
  const file = tempFile()
  const store = await openStore(file)
  const bodies = Array.from({ length: 60 }, (_, number) => `"job-${number}"`)
  await store.push(bodies.map((body) => envelope('q', body)))
  const start = Math.ceil(performance.timeOrigin + performance.now())
  const first = await store.reserve({ queues: ['q'], limit: 40, expireMs: 5_000 })
  await store.settle(first.slice(20).map((reservation) => ({ kind: 'bury', reservation, reason: 'no' })))
  for (const [life, { step, nth }] of mendingDeaths.entries()) {
    const child = new Child('mend.ts', [file, String(start + (life + 1) * 1_000_000)])
    for (let seen = 0; seen < nth; ) if ((await child.next()) === step) seen++
    child.kill()
    await child.ended
    const { ready, delayed, reserved, failed } = await store.size('q')
    expect(ready + delayed + reserved + failed, `after life ${life}`).toBe(60)
  }
  const later = { queues: ['q'], limit: 100, expireMs: 5_000, now: start + 100_000_000 }
  const taken = await store.reserve(later)
  const buried = (await store.failed.all()).map(({ body }) => body)
  expect(Math.max(...taken.map(({ attempts }) => attempts)), 'leases were taken over').toBeGreaterThan(2)
  expect([...taken.map(({ body }) => body), ...buried].sort()).toEqual([...bodies].sort())
})

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
