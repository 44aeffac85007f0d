import { resolve } from 'node:path'
import type { StopReason } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import { Ended, type Reports } from '../../metrics/reports.ts'
import type { Log } from '../../process/log.ts'
import type { Signalled } from '../../process/signals.ts'
import type { WorkerNews } from '../../process/worker-link.ts'
import { type ParentLine, workerArguments } from './arguments.ts'
import type { Plan, PoolPlan } from './plan.ts'
import { Pool } from './pool.ts'
import type { Returns } from './returns.ts'
import type { SlotParts } from './worker-slot.ts'

interface SupervisorParts {
  readonly plan: Plan
  readonly line: ParentLine
  readonly log: Log
  /** Whether a worker that ended by its own limits is followed by another. */
  readonly isRefilled: boolean
  readonly returns: Returns
  /** Told what a worker found in the jobs folder. */
  readonly loaded: (news: Extract<WorkerNews, { kind: 'loaded' }>) => void
  /** Told when a worker takes jobs. */
  readonly ready: () => void
}

/** How long the end waits for jobs of killed workers to go back. */
const returnsMs: Ms = 2_000

/** How long a worker that is asked how it fares is waited for: one that a job blocks does not answer. */
const reportMs: Ms = 1_000

/** The parent of several workers: it keeps them going, and runs no job itself. */
export class Supervisor implements Signalled {
  readonly #parts: SupervisorParts
  readonly pools: readonly Pool[]
  readonly #ended = new Ended()
  #isPaused = false
  #isRefused = false
  #isEnding = false
  #reason: StopReason | undefined
  /** The count of the last restart that was obeyed. */
  #restarts: number | undefined
  #rolling: Promise<void> | undefined

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    this.pools = parts.plan.pools.map((plan) => new Pool({ plan, slot: (place) => this.#slot(plan, place) }))
  }

  /** Answers why the last worker ended, and the exit code. */
  async run(): Promise<{ readonly reason: StopReason; readonly code: number }> {
    const codes = await Promise.all(this.pools.map((pool) => pool.run()))
    await this.#parts.returns.settled(returnsMs)
    return { reason: this.#reason ?? 'signal', code: this.#isRefused ? 2 : Math.max(...codes) }
  }

  stop(): void {
    this.#end('stop')
  }

  stopNow(): void {
    this.#end('stop now')
  }

  quiet(): void {
    this.#isPaused = true
    for (const pool of this.pools) pool.tell('pause')
  }

  resume(): void {
    this.#isPaused = false
    for (const pool of this.pools) pool.tell('resume')
  }

  /** New workers take over from the old ones; one call more while it goes on means once more after it. */
  restart(why: string): void {
    if (this.#isEnding) return
    this.#parts.log.info(`${why}: starting new workers, each of which takes over from an old one`)
    this.#rolling = (this.#rolling ?? Promise.resolve()).then(() => this.#roll())
  }

  async reports(): Promise<Reports> {
    const said = await Promise.all(this.pools.map((pool) => pool.reports(reportMs)))
    return { workers: said.flat(), ended: this.#ended }
  }

  async #roll(): Promise<void> {
    const { log } = this.#parts
    if (this.#isEnding) return
    for (const pool of this.pools) {
      if (await pool.replace()) continue
      log.error('the new worker took no jobs, so the old ones go on: mend what it said, then restart again')
      return
    }
    if (!this.#isEnding) log.info('every worker is a new one')
  }

  #end(order: 'stop' | 'stop now'): void {
    this.#isEnding = true
    this.#reason = 'signal'
    for (const pool of this.pools) pool.end(order)
  }

  #slot(plan: PoolPlan, place: number): SlotParts {
    const { line, log, isRefilled, returns } = this.#parts
    const name = plan.name === null ? `${place}` : `${plan.name}/${place}`
    return {
      name,
      script: resolve(process.argv[1]!),
      args: workerArguments(line, plan, name),
      log,
      graceMs: plan.options.graceMs,
      isRefilled,
      isPaused: () => this.#isPaused,
      heard: (news) => this.#heard(news, name),
      ended: ({ held, reason, report }) => {
        if (report !== undefined) this.#ended.add(report)
        if (!this.#isEnding) this.#reason = reason ?? this.#reason
        returns.give(held, name)
      },
      refused: () => {
        this.#isRefused = true
        this.#end('stop')
      },
    }
  }

  #heard(news: WorkerNews, name: string): void {
    if (news.kind === 'ready') {
      this.#parts.log.debug(`worker ${name} takes jobs`)
      this.#parts.ready()
    }
    if (news.kind === 'loaded') this.#parts.loaded(news)
    if (news.kind !== 'restart' || news.restarts === this.#restarts) return
    this.#restarts = news.restarts
    this.restart('queue restart was called')
  }
}
