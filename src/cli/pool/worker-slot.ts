import type { WorkerReport } from '../../contract/report.ts'
import { reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'
import type { Log } from '../../process/log.ts'
import type { WorkerNews } from '../../process/worker-link.ts'
import { type WorkerEnd, WorkerProcess } from '../../process/worker-process.ts'
import { duration } from '../output.ts'

export interface SlotParts {
  /** What the log calls its workers. */
  readonly name: string
  readonly script: string
  readonly args: readonly string[]
  readonly log: Log
  readonly graceMs: Ms
  /** Whether a worker that ended by its own limits is followed by another. */
  readonly isRefilled: boolean
  readonly isPaused: () => boolean
  readonly heard: (news: WorkerNews) => void
  /** Told of every end before what comes of it. */
  readonly ended: (end: WorkerEnd, name: string) => void
  /** A worker found the configuration wrong: nobody can work with it. */
  readonly refused: () => void
}

/** What a worker may take beyond its grace time: it lets go of its store by then. */
const beyondGraceMs: Ms = 8_000

/** The same after "stop now". */
const lastResortMs: Ms = 6_000

/** A successor that takes no jobs by then has failed. */
const readyWithinMs: Ms = 60_000

/** One that lived longer than this and ended with code 1 was recycled, such as after a job that did not end; it did not fail. */
const earlyMs: Ms = 10_000

const crashPolicy = reconnectPolicy(500, 30_000)

/** A place of a pool: one worker process after the other. */
export class WorkerSlot {
  readonly #parts: SlotParts
  readonly #alive = new Set<WorkerProcess>()
  #current: WorkerProcess | undefined
  #isOver = false
  #crashes = 0
  #endPause: () => void = () => undefined

  constructor(parts: SlotParts) {
    this.#parts = parts
  }

  /** Keeps a worker going from then on; when none is to follow, answers the exit code of the last; 0 if its successor was still to come. */
  async run(delayMs: Ms): Promise<number> {
    let code = 0
    await this.#pause(delayMs)
    while (!this.#isOver) {
      this.#current ??= this.#start()
      const worker = this.#current
      const end = await worker.ended
      if (this.#current !== worker) continue
      this.#current = undefined
      const delayMs = this.#delayAfter(end)
      code = this.#isOver ? end.code : 0
      await this.#pause(delayMs)
    }
    await Promise.all([...this.#alive].map(({ ended }) => ended))
    return code
  }

  /** Starts a successor, and ends what runs once that takes jobs. False: it never did, and what runs goes on. */
  async replace(): Promise<boolean> {
    if (this.#isOver) return true
    if (this.#current === undefined) {
      this.#endPause()
      return true
    }
    const successor = this.#start()
    const cancel = systemClock.after(readyWithinMs, () => successor.kill(), { unref: true })
    const isReady = await successor.ready
    cancel()
    if (this.#isOver || !isReady) return this.#isOver
    const before = this.#current
    this.#current = successor
    before?.end('stop', this.#parts.graceMs + beyondGraceMs)
    return true
  }

  /** Nothing follows; what runs ends by a deadline. */
  end(order: 'stop' | 'stop now'): void {
    this.#isOver = true
    this.#endPause()
    const withinMs = order === 'stop' ? this.#parts.graceMs + beyondGraceMs : lastResortMs
    for (const worker of this.#alive) worker.end(order, withinMs)
  }

  tell(order: 'pause' | 'resume'): void {
    for (const worker of this.#alive) worker.tell(order)
  }

  /** How its workers fare, as far as they say. */
  async reports(withinMs: Ms): Promise<readonly WorkerReport[]> {
    const said = await Promise.all([...this.#alive].map((worker) => worker.report(withinMs)))
    return said.filter((report) => report !== undefined)
  }

  #start(): WorkerProcess {
    const { script, args, heard, ended, isPaused, log, name } = this.#parts
    const worker = new WorkerProcess({ script, args, heard })
    this.#alive.add(worker)
    if (isPaused()) worker.tell('pause')
    void worker.ended.then((end) => {
      this.#alive.delete(worker)
      const { code, signal } = end
      if (signal !== null && (this.#isOver || worker !== this.#current))
        log.warn({ code, signal }, `worker ${name} was ended by ${signal} before it had finished`)
      ended(end, name)
    })
    return worker
  }

  /** How long until the next one, which may be never. */
  #delayAfter(end: WorkerEnd): Ms {
    const { isRefilled, log, name, refused } = this.#parts
    const { code, signal, reason, livedMs } = end
    if (reason === 'empty' || code === 2 || (code === 0 && !isRefilled)) this.#isOver = true
    if (code === 2) refused()
    if (this.#isOver) return 0
    const isEarly = livedMs < earlyMs
    if (signal === null && (code === 0 || !isEarly)) {
      this.#crashes = 0
      return 0
    }
    this.#crashes = isEarly ? this.#crashes + 1 : 1
    const delayMs = crashPolicy(this.#crashes, undefined) ?? 0
    const how =
      signal === null ? `ended with code ${code} after ${duration(livedMs)}` : `was ended by ${signal}`
    log.error({ code, signal }, `worker ${name} ${how}; the next one starts in ${duration(delayMs)}`)
    return delayMs
  }

  #pause(delayMs: Ms): Promise<void> | undefined {
    if (delayMs <= 0 || this.#isOver) return undefined
    return new Promise((resolve) => {
      const cancel = systemClock.after(delayMs, resolve)
      this.#endPause = () => {
        cancel()
        resolve()
      }
    })
  }
}
