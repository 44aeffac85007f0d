import { appendFileSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Project, type Running } from '../../cli/project.ts'
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

interface Line {
  readonly word: string
  readonly n: number
  readonly attempts: number
  readonly pid: number
}

class Ledger {
  readonly #file: string

  constructor(project: Project) {
    this.#file = join(project.root, 'ledger')
    appendFileSync(this.#file, '')
  }

  lines(): Line[] {
    const texts = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
    return texts.map((text) => {
      const [word = '', n, attempts, pid] = text.split(' ')
      return { word, n: Number(n), attempts: Number(attempts), pid: Number(pid) }
    })
  }

  /** Resolves when it holds of what has been written. */
  async until(holds: (lines: readonly Line[]) => boolean): Promise<void> {
    let look = () => {}
    const watcher = watch(this.#file, () => look())
    try {
      while (!holds(this.lines()))
        await new Promise<void>((resolve) => {
          look = resolve
        })
    } finally {
      watcher.close()
    }
  }
}

function numbers(lines: readonly Line[], wanted: string): number[] {
  return lines.filter(({ word }) => word === wanted).map(({ n }) => n)
}

/** Runs of a job after one that neither put it back nor was killed. */
function unexplained(lines: readonly Line[], killed: ReadonlySet<number>): Line[] {
  const planned = new Set(
    lines.filter(({ word }) => word === 'again').map(({ n, attempts }) => `${n} ${attempts}`),
  )
  return lines.filter((line, at) => {
    if (line.word !== 'began') return false
    const before = lines.slice(0, at).findLast(({ word, n }) => word === 'began' && n === line.n)
    return before !== undefined && !planned.has(`${before.n} ${before.attempts}`) && !killed.has(before.pid)
  })
}

test('three workers on Redis and twelve kill -9: no job lost, none run twice without a kill, attempts right', {
  timeout: 90_000,
}, async () => {
  const server = await testRedis()
  const project = new Project({ 'queue.config.ts': config(server.port), 'jobs/J.mjs': job })
  onTestFinished(() => project.remove())
  const ledger = new Ledger(project)
  const store = await openRedis({ url: server.url })
  await store.push(Array.from({ length: jobs }, (_, n) => envelope(n, 'default', n % 10 === 9 ? 500 : 0)))
  const killed = new Set<number>()
  const crew: Running[] = []
  const hire = () =>
    crew.push(project.start('work', '--daemon', `--concurrency=${concurrency}`, '--memory=0'))
  for (let each = 0; each < workers; each++) hire()
  const random = seeded(seed)
  for (let kill = 1; kill <= kills; kill++) {
    await ledger.until((lines) => lines.length >= kill * linesPerKill)
    const [victim] = crew.splice(random(workers), 1)
    killed.add(victim!.process.pid!)
    victim!.signal('SIGKILL')
    hire()
  }
  await ledger.until((lines) => new Set(numbers(lines, 'done')).size === jobs)
  for (const worker of crew) await worker.says('"started"')
  for (const worker of crew) worker.signal('SIGTERM')
  expect(await Promise.all(crew.map(async ({ ended }) => (await ended).code))).toEqual([0, 0, 0])

  const lines = ledger.lines()
  expect(unexplained(lines, killed), 'every repeated run follows a kill or was asked for').toEqual([])
  const deleted = numbers(lines, 'deleted')
  expect(new Set(deleted).size, 'none is deleted twice').toBe(deleted.length)
  const [ready, delayed, reserved, failed] = await counts(store)
  expect([ready, delayed, failed]).toEqual([0, 0, 0])
  expect(reserved, 'only jobs done at a kill are still held').toBeLessThanOrEqual(kills * concurrency)
})
