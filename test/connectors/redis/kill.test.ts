import { expect, onTestFinished, test } from 'vitest'
import { Project } from '../../cli/project.ts'
import { Crew } from '../../e2e/crew.ts'
import { jobsThat, Ledger, unexplained } from '../../e2e/ledger.ts'
import { testRedis } from '../../redis-server.ts'
import { seeded } from '../../seeded.ts'
import { counts, envelope, openRedis } from './redis-rig.ts'

const seed = 7
const jobs = 300
const workers = 3
const concurrency = 3
/** A worker is killed each time the ledger has grown by so many lines. */
const linesPerKill = 45
const kills = 12
const expireMs = 1_500

const config = (port: number) => `import { defineConfig } from 'thinkq'
export default defineConfig({ connector: 'redis', port: ${port}, expire: ${expireMs / 1_000} })
`

/** Writes each step of each run into the ledger, which outlives whoever is killed. */
const job = `import { appendFileSync } from 'node:fs'
const note = (word, n, job) => appendFileSync('ledger', [word, n, job.attempts, process.pid].join(' ') + '\\n')
export default class J {
  static tries = 0
  async fire(job, n) {
    note('began', n, job)
    await new Promise((resolve) => setTimeout(resolve, n % 10))
    if (n % 4 === 3 && job.attempts === 1) {
      note('again', n, job)
      return job.release(n % 8 === 3 ? 0 : 0.2)
    }
    note('done', n, job)
    if (await job.delete()) note('deleted', n, job)
  }
}
`

test('three workers on Redis and twelve kill -9: no job lost, none run twice without a kill, attempts right', {
  timeout: 90_000,
}, async () => {
  const server = await testRedis()
  const project = new Project({ 'queue.config.ts': config(server.port), 'jobs/J.mjs': job })
  onTestFinished(() => project.remove())
  const ledger = new Ledger(project)
  const store = await openRedis({ url: server.url })
  await store.push(Array.from({ length: jobs }, (_, n) => envelope(n, 'default', n % 10 === 9 ? 500 : 0)))
  const crew = new Crew(project, { workers, concurrency })
  const random = seeded(seed)
  for (let kill = 1; kill <= kills; kill++) {
    await ledger.until((lines) => lines.length >= kill * linesPerKill)
    crew.kill(random(workers))
  }
  await ledger.until((lines) => new Set(jobsThat(lines, 'done')).size === jobs)
  expect(await crew.dismiss()).toEqual([0, 0, 0])

  const lines = ledger.lines()
  expect(unexplained(lines, crew.killed), 'every repeated run follows a kill or was asked for').toEqual([])
  const deleted = jobsThat(lines, 'deleted')
  expect(new Set(deleted).size, 'none is deleted twice').toBe(deleted.length)
  const [ready, delayed, reserved, failed] = await counts(store)
  expect([ready, delayed, failed]).toEqual([0, 0, 0])
  expect(reserved, 'only jobs done at a kill are still held').toBeLessThanOrEqual(kills * concurrency)
})
