import { resolve } from 'node:path'
import type { WorkerOptions } from '../../contract/config.ts'
import type { StopReason } from '../../contract/events.ts'
import { reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'
import type { Log } from '../../process/log.ts'
import { Child, type ChildEnd } from '../../process/supervisor.ts'
import { duration, oneLine } from '../output.ts'
import type { WorkCommandFlags } from './flags.ts'

interface ListenerParts {
  readonly typed: WorkCommandFlags
  /** The configuration file that was found, absolute. */
  readonly config: string | null
  readonly options: WorkerOptions
  readonly log: Log
}

/** What a child may take after a second signal, which makes it end at once unless it is blocked. */
const lastResortMs: Ms = 7_000

/** Between children that fail at their start, as while a file is half saved. */
const failurePolicy = reconnectPolicy(500, 10_000)

/** Keeps `concurrency` children going, each of which runs one job. */
export class Listener {
  readonly #parts: ListenerParts
  readonly #args: readonly string[]
  readonly #children = new Set<Child>()
  readonly #pauses = new Set<() => void>()
  #reason: StopReason | undefined
  #ranJobs = 0
  #lastCode = 0

  constructor(parts: ListenerParts) {
    this.#parts = parts
    this.#args = childArguments(parts.typed, parts.config)
  }

  /**
   * Passes the signal on to the children, starts no more of them, and lets `run` end with the last. Called again, it also kills
   * what has not ended a while later.
   */
  stop(signal: NodeJS.Signals, reason: StopReason = 'signal'): void {
    if (this.#reason !== undefined) systemClock.after(lastResortMs, () => this.#kill(), { unref: true })
    this.#reason ??= reason
    for (const child of this.#children) child.signal(signal)
    for (const end of this.#pauses) end()
  }

  #kill(): void {
    for (const child of this.#children) child.signal('SIGKILL')
  }

  /** Answers why it ended, and the exit code of the child that ended last. */
  async run(): Promise<{ readonly reason: StopReason; readonly code: number }> {
    const { concurrency, maxTimeMs } = this.#parts.options
    const cancel =
      Number.isFinite(maxTimeMs) && maxTimeMs > 0
        ? systemClock.after(maxTimeMs, () => this.stop('SIGTERM', 'max-time'))
        : undefined
    await Promise.all(Array.from({ length: concurrency }, () => this.#keepRunning()))
    cancel?.()
    return { reason: this.#reason ?? 'max-jobs', code: this.#lastCode }
  }

  async #keepRunning(): Promise<void> {
    const { restMs } = this.#parts.options
    let failures = 0
    while (this.#mayStart()) {
      const end = await this.#runChild()
      failures = end.ranJob || end.code === 0 ? 0 : failures + 1
      if (this.#isLast(end)) return
      if (failures > 0) await this.#backOff(failures, end.code)
      else if (restMs > 0 && end.ranJob) await this.#pause(restMs)
    }
  }

  #mayStart(): boolean {
    return this.#reason === undefined && this.#ranJobs + this.#children.size < this.#parts.options.maxJobs
  }

  async #runChild(): Promise<ChildEnd> {
    const { log } = this.#parts
    const child = new Child({
      script: resolve(process.argv[1]!),
      args: this.#args,
      killed: (job, timeoutMs) =>
        log.error(
          { job },
          `${oneLine(job)} was killed: it blocked beyond its time-out of ${duration(timeoutMs)}`,
        ),
    })
    this.#children.add(child)
    const end = await child.ended
    this.#children.delete(child)
    this.#lastCode = end.code
    if (end.ranJob) this.#ranJobs++
    return end
  }

  #isLast({ ranJob, code }: ChildEnd): boolean {
    const { typed, options } = this.#parts
    const isEmpty = !ranJob && code === 0
    if (typed.once) this.#reason ??= isEmpty ? 'empty' : 'once'
    else if (options.stopWhenEmpty && isEmpty) this.#reason ??= 'empty'
    return this.#reason !== undefined
  }

  async #backOff(failures: number, code: number): Promise<void> {
    const delayMs = failurePolicy(failures, undefined) ?? 0
    this.#parts.log.warn(
      { code },
      `the child ended with code ${code} before it took a job; next in ${duration(delayMs)}`,
    )
    await this.#pause(delayMs)
  }

  #pause(delayMs: Ms): Promise<void> | undefined {
    if (this.#reason !== undefined) return undefined
    return new Promise((done) => {
      const end = () => {
        cancel()
        this.#pauses.delete(end)
        done()
      }
      const cancel = systemClock.after(delayMs, end)
      this.#pauses.add(end)
    })
  }
}

/** Flags that a child does not take over: how long to listen is the parent's affair. */
const ownFlags = [
  'daemon',
  'once',
  'maxJobs',
  'maxTime',
  'stopWhenEmpty',
  'concurrency',
  'prefetch',
  'rest',
  'config',
  'color',
]

function childArguments(typed: WorkCommandFlags, config: string | null): readonly string[] {
  const args = ['work', '--once', '--listened']
  if (config !== null) args.push(`--config=${config}`)
  if (!typed.color) args.push('--no-color')
  for (const [key, value] of Object.entries(typed)) {
    if (value === undefined || ownFlags.includes(key)) continue
    const flag = `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
    args.push(value === true ? flag : `${flag}=${value}`)
  }
  return args
}
