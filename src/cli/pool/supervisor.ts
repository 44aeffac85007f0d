import { resolve } from 'node:path'
import type { StopReason } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import type { Log } from '../../process/log.ts'
import type { Signalled } from '../../process/signals.ts'
import type { WorkerNews } from '../../process/worker-link.ts'
import { Pool } from './pool.ts'
import type { Returns } from './returns.ts'
import type { SlotParts } from './worker-slot.ts'

interface SupervisorParts {
  readonly processes: number
  readonly args: (name: string) => readonly string[]
  readonly log: Log
  readonly graceMs: Ms
  /** Whether a worker that ended by its own limits is followed by another. */
  readonly isRefilled: boolean
  readonly returns: Returns
  /** Told what a worker found in the jobs folder. */
  readonly loaded: (news: Extract<WorkerNews, { kind: 'loaded' }>) => void
}

/** How long the end waits for jobs of killed workers to go back. */
const returnsMs: Ms = 2_000

/** The parent of several workers: it keeps them going, and runs no job itself. */
export class Supervisor implements Signalled {
  readonly #parts: SupervisorParts
  readonly #pool: Pool
  #isPaused = false
  #isRefused = false
  #isEnding = false
  #reason: StopReason | undefined
  /** The count of the last restart that was obeyed. */
  #restarts: number | undefined
  #rolling: Promise<void> | undefined

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    this.#pool = new Pool({ size: parts.processes, slot: (place) => this.#slot(`${place}`) })
  }

  /** Answers why the last worker ended, and the exit code. */
  async run(): Promise<{ readonly reason: StopReason; readonly code: number }> {
    const code = await this.#pool.run()
    await this.#parts.returns.settled(returnsMs)
    return { reason: this.#reason ?? 'signal', code: this.#isRefused ? 2 : code }
  }

  stop(): void {
    this.#end('stop')
  }

  stopNow(): void {
    this.#end('stop now')
  }

  quiet(): void {
    this.#isPaused = true
    this.#pool.tell('pause')
  }

  resume(): void {
    this.#isPaused = false
    this.#pool.tell('resume')
  }

  /** New workers take over from the old ones; one call more while it goes on means once more after it. */
  restart(why: string): void {
    if (this.#isEnding) return
    this.#parts.log.info(`${why}: starting new workers, each of which takes over from an old one`)
    this.#rolling = (this.#rolling ?? Promise.resolve()).then(() => this.#roll())
  }

  async #roll(): Promise<void> {
    const { log } = this.#parts
    if (this.#isEnding) return
    if (await this.#pool.replace()) {
      if (!this.#isEnding) log.info('every worker is a new one')
    } else
      log.error('the new worker took no jobs, so the old ones go on: mend what it said, then restart again')
  }

  #end(order: 'stop' | 'stop now'): void {
    this.#isEnding = true
    this.#reason = 'signal'
    this.#pool.end(order)
  }

  #slot(name: string): SlotParts {
    const { args, log, graceMs, isRefilled, returns } = this.#parts
    return {
      name,
      script: resolve(process.argv[1]!),
      args: args(name),
      log,
      graceMs,
      isRefilled,
      isPaused: () => this.#isPaused,
      heard: (news) => this.#heard(news),
      ended: ({ held, reason }) => {
        if (!this.#isEnding) this.#reason = reason ?? this.#reason
        returns.give(held, name)
      },
      refused: () => {
        this.#isRefused = true
        this.#end('stop')
      },
    }
  }

  #heard(news: WorkerNews): void {
    if (news.kind === 'loaded') this.#parts.loaded(news)
    if (news.kind !== 'restart' || news.restarts === this.#restarts) return
    this.#restarts = news.restarts
    this.restart('queue restart was called')
  }
}
