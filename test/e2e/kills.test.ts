import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { config, Project } from '../cli/project.ts'
import { openStore } from '../connectors/database-store.ts'
import { seeded } from '../seeded.ts'
import { Crew } from './crew.ts'
import { jobsThat, Ledger, runsOf, unexplained } from './ledger.ts'

const seed = 5
const jobs = 240
const workers = 4
const concurrency = 3
/** A worker is killed each time the ledger has grown by so many lines: early ones in the midst of starting, later ones at work. */
const linesPerKill = 30
const kills = 16

/** Writes each step of each run into the ledger, which outlives whoever is killed. */
const job = `import { appendFileSync } from 'node:fs'
const note = (word, { n }, job, more = '') =>
  appendFileSync('ledger', [word, n, job.attempts, process.pid, more].join(' ') + '\\n')
export default class Notes {
  static tries = 0
  static backoff = 0
  async fire(job, data) {
    note('began', data, job)
    await new Promise((resolve) => setTimeout(resolve, data.n % 10))
    if (data.way !== 'delete' && job.attempts === 1) {
      note('again', data, job)
      if (data.way === 'throw') throw new Error('as planned')
      return job.release(0)
    }
    note('done', data, job)
    if (await job.delete()) note('deleted', data, job)
  }
}
`

test('four workers and sixteen kill -9: no job lost, none done twice without a kill, attempts right', {
  timeout: 60_000,
}, async () => {
  const project = new Project({ 'queue.config.ts': config(), 'jobs/Notes.mjs': job })
  onTestFinished(() => project.remove())
  const ledger = new Ledger(project)
  const store = await openStore(join(project.root, '.queue', 'queue.sqlite'))
  const ways = ['delete', 'delete', 'release', 'throw']
  const bodies = Array.from({ length: jobs }, (_, n) =>
    JSON.stringify({ job: 'Notes', data: { n, way: ways[n % 4] } }),
  )
  await store.push(bodies.map((body) => ({ id: 'tq', queue: 'default', job: 'Notes', body, delayMs: 0 })))
  const crew = new Crew(project, { workers, concurrency })
  const random = seeded(seed)
  for (let kill = 1; kill <= kills; kill++) {
    await ledger.until((lines) => lines.length >= kill * linesPerKill)
    crew.kill(random(workers))
  }
  const isOver = async () => {
    const { ready, delayed, reserved } = await store.size('default')
    return ready + delayed + reserved === 0
  }
  while (!(await isOver())) await store.wait(['none'], 50, new AbortController().signal)
  expect(await crew.dismiss()).toEqual(Array(workers).fill(0))

  const lines = ledger.lines()
  const done = new Set(jobsThat(lines, 'done'))
  expect(done.size, 'no job is lost').toBe(jobs)
  expect(unexplained(lines, crew.killed), 'every repeated run follows a kill or was asked for').toEqual([])
  const deleted = jobsThat(lines, 'deleted')
  expect(new Set(deleted).size, 'none is deleted twice').toBe(deleted.length)
  let unseen = 0
  for (const runs of runsOf(lines).values()) {
    runs.forEach(({ attempts }, at) => {
      expect(attempts, 'attempts rise').toBeGreaterThan(runs[at - 1]?.attempts ?? 0)
    })
    unseen += runs.at(-1)!.attempts - runs.length
  }
  expect(unseen, 'only a job reserved at a kill has an attempt that never began').toBeLessThanOrEqual(
    kills * concurrency,
  )
  expect(await store.failed.all()).toEqual([])
})
