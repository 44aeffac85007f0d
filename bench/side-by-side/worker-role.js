import { setTimeout as sleep } from 'node:timers/promises'

const now = () => Number(process.hrtime.bigint()) / 1e6
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Runs one contender's worker, counts jobs by their number, and measures windows of time. */
export class WorkerRole {
  #contenders
  #worker
  #from = 0
  #counts = new Uint8Array(0)
  #ran = 0
  #target = Number.POSITIVE_INFINITY
  #reached = () => {}
  #lastAt
  #lateMs = []
  #started = false

  /** Modules of contenders by name, loaded when they are called. */
  constructor(contenders) {
    this.#contenders = contenders
  }

  /** `from`: the lowest number that may come. `jobMs`: how long a job takes. `timed`: jobs say when they are due. */
  async open({ contender, from, jobMs, timed, ...options }) {
    this.#from = from
    const { worker } = await this.#contenders[contender]()
    this.#worker = await worker({ ...options, run: this.#runOf({ jobMs, timed }) })
    return { canPause: this.#worker.pause !== undefined }
  }

  #runOf({ jobMs, timed }) {
    if (timed)
      return (data) => {
        this.#lateMs.push(now() - data.due)
        this.#count(data.n)
      }
    if (jobMs > 0)
      return async (data) => {
        await sleep(jobMs)
        this.#count(data.n)
      }
    return (data) => this.#count(data.n)
  }

  #count(n) {
    const at = n - this.#from
    if (at >= this.#counts.length || at < 0) this.#grow(at)
    this.#counts[at]++
    if (++this.#ran === this.#target) this.#reached()
  }

  #grow(at) {
    if (!(at >= 0))
      throw new Error(`job ${at + this.#from} was done before this worker began at ${this.#from}`)
    const more = new Uint8Array(Math.max(at + 1, this.#counts.length * 2, 65_536))
    more.set(this.#counts)
    this.#counts = more
  }

  #go() {
    if (this.#started) this.#worker.resume()
    else this.#worker.start()
    this.#started = true
  }

  /**
   * Works for `warmMs` that do not count and `windowMs` that do, or until `jobs` more have run; then it takes no more where
   * the contender can pause. Marks the beginning of what counts.
   */
  async window({ jobs, warmMs, windowMs }, mark) {
    this.#target = this.#ran + jobs
    const reached = new Promise((resolve) => {
      this.#reached = () => {
        this.#lastAt = now()
        resolve()
      }
    })
    const ends = new AbortController()
    const within = (ms) =>
      Promise.race([reached, sleep(ms, undefined, { signal: ends.signal }).catch(() => {})])
    if (!this.#started && warmMs > 0) {
      this.#go()
      await within(warmMs)
      if (this.#ran >= this.#target) return this.#ending(ends, { jobs: 0, ms: 0, cpuMs: 0 })
    }
    mark()
    const began = { ran: this.#ran, at: now(), cpu: cpuMs() }
    if (!this.#started || warmMs === 0) this.#go()
    await within(windowMs)
    const at = this.#ran >= this.#target ? this.#lastAt : now()
    const figures = { jobs: this.#ran - began.ran, ms: at - began.at, cpuMs: cpuMs() - began.cpu }
    return this.#ending(ends, figures)
  }

  #ending(ends, figures) {
    ends.abort()
    const isEmpty = this.#ran >= this.#target
    this.#target = Number.POSITIVE_INFINITY
    if (isEmpty) this.#worker.pause?.()
    return { ...figures, isEmpty }
  }

  /** Works until told to close. */
  start() {
    this.#go()
  }

  ran() {
    return this.#ran
  }

  cpuMs() {
    return cpuMs()
  }

  async close() {
    await this.#worker.close()
    const processed = this.#worker.processed?.() ?? this.#ran
    if (processed !== this.#ran)
      throw new Error(`${this.#ran} jobs ran, but ${processed} were reported as processed`)
    return { from: this.#from, counts: this.#counts, ran: this.#ran, lateMs: this.#lateMs, cpuMs: cpuMs() }
  }
}
