import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createQueue } from '../../src/facade.ts'
import type { QueueClient } from '../../src/queue.ts'
import { Project } from '../cli/project.ts'
import type { StoreName } from '../store-names.ts'
import { ProbedWorker } from './probed-worker.ts'
import { type SoakStore, startStore } from './soak-store.ts'

/** So many jobs are pushed at a time. */
const batch = 2_000

const job = `export default class Plain {
  async fire(job, { n, isLast }) {
    await job.delete()
    if (isLast) console.log('ran to ' + n + '.')
  }
}
`

/** Files in memory, where the system has a place for them: what is measured is the worker, not the disk. */
const fast = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A probed worker on a store of its own, and its producer. */
export class Subject {
  readonly worker: ProbedWorker
  readonly store: SoakStore
  readonly #project: Project
  readonly #folder: string
  readonly #queue: QueueClient
  #pushed = 0

  private constructor(project: Project, folder: string, store: SoakStore) {
    this.#project = project
    this.#folder = folder
    this.store = store
    this.#queue = createQueue(store.direct)
    this.worker = new ProbedWorker(project, 'steady', '--concurrency', '100', '--memory', '0')
  }

  static async start(name: StoreName): Promise<Subject> {
    const project = new Project({ 'jobs/Plain.mjs': job })
    const folder = mkdtempSync(join(fast, 'thinkq-soak-'))
    const store = await startStore(name, { folder, isDurable: false })
    project.write({ 'queue.config.mjs': `export default ${JSON.stringify(store.cuttable)}` })
    return new Subject(project, folder, store)
  }

  /** Resident memory now, in bytes: what it is between two collections too. */
  get rss(): number {
    const status = readFileSync(`/proc/${this.worker.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1_024
  }

  /** Pushes so many jobs and waits until they ran. Answers the resident memory after each batch. */
  async run(count: number): Promise<readonly number[]> {
    const resident: number[] = []
    for (let left = count; left > 0; left -= batch) {
      const size = Math.min(left, batch)
      const data = Array.from({ length: size }, (_, at) => ({ n: ++this.#pushed, isLast: at + 1 === size }))
      await this.#queue.bulk(data.map((each) => ({ job: 'Plain', data: each })))
      await this.worker.running.says(`ran to ${this.#pushed}.`)
      resident.push(this.rss)
    }
    return resident
  }

  /** Cuts all connections of the worker, each time when it has run a job, until so many were made anew and all are there again. */
  async reconnect(count: number): Promise<void> {
    const proxy = this.store.proxy!
    const wanted = proxy.accepted + count
    const standing = proxy.connections
    while (proxy.accepted < wanted) {
      proxy.cut()
      await this.run(standing)
    }
    while (proxy.connections < standing) await this.run(standing)
  }

  async stop(): Promise<void> {
    await this.#queue.close()
    await this.#project.remove()
    await this.store.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
