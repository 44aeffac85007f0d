import { resolve } from 'node:path'
import type { WorkerOptions } from '../../contract/config.ts'
import type { PullConnector } from '../../contract/connector.ts'
import type { StopReason } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'
import type { Log } from '../../process/log.ts'
import { Child, type ChildEnd } from '../../process/supervisor.ts'
import { oneLine } from '../output.ts'
import type { Returns } from '../pool/returns.ts'
import { childArguments } from './child-arguments.ts'
import { childVoice } from './child-voice.ts'
import { doingsOfChildren, type JobDoings, Taken } from './doings.ts'
import type { WorkCommandFlags } from './flags.ts'
import { Pauses } from './pauses.ts'
import { Renewals } from './renewals.ts'
import { changeIn } from './sources.ts'
import { Spares } from './spares.ts'
import { StartFaults } from './start-faults.ts'

interface ListenerParts {
  readonly typed: WorkCommandFlags
  /** The configuration file that was found, absolute. */
  readonly config: string | null
  readonly options: WorkerOptions
  /** What children are to find, so that one sees a `.env` that changed. */
  readonly env: NodeJS.ProcessEnv
  /** What is known to be wrong with single jobs, and was said. */
  readonly faults: readonly string[]
  readonly log: Log
  /** The listener's own connection. */
  readonly connector: PullConnector
  /** Where the job of a child goes that was killed. */
  readonly returns: Returns
}

/** What a child may take after a second signal, which makes it end at once unless it is blocked. */
const lastResortMs: Ms = 7_000

/** How long the end waits for jobs of killed children to go back. */
const returnsMs: Ms = 2_000

/** How often the files that spare children have loaded are looked at, so that whoever saved one seldom waits for a start. */
const lookEveryMs: Ms = 1_000

/** A job that went from child to child so often, since a file changed each time, is given back instead. */
const mostMoves = 5

/** Keeps `concurrency` children going, each of which runs one job, and the next ones ready. */
export class Listener {
  readonly #parts: ListenerParts
  readonly #args: readonly string[]
  readonly #spares = new Spares(() => this.#start())
  readonly #faults: StartFaults
  /** Those that were let go, or will be when they are ready. */
  readonly #children = new Set<Child>()
  readonly #pauses = new Pauses()
  /** While paused: what goes on with it. */
  #resumed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined
  #reason: StopReason | undefined
  readonly #tally = { ran: 0, failed: 0, taken: new Taken() }
  /** Slots whose child has a job, or may yet take one. */
  #working = 0
  #running = 0
  #lastCode = 0

  constructor(parts: ListenerParts) {
    this.#parts = parts
    this.#args = childArguments(parts.typed, parts.config)
    this.#faults = new StartFaults(parts.log, parts.faults)
  }

  /**
   * Passes the signal on to the children, starts no more of them, and lets `run` end with the last. Called again, it also kills
   * what has not ended a while later.
   */
  stop(signal: NodeJS.Signals, reason: StopReason = 'signal'): void {
    if (this.#reason !== undefined)
      systemClock.after(lastResortMs, () => this.#signal('SIGKILL'), { unref: true })
    this.#reason ??= reason
    this.#signal(signal)
    this.#resumed?.resolve()
    this.#pauses.end()
  }

  /** Takes no new jobs until `resume`; what runs goes on. */
  pause(): void {
    if (this.#resumed !== undefined || this.#reason !== undefined) return
    let lift = () => {}
    const promise = new Promise<void>((done) => {
      lift = done
    })
    this.#resumed = { promise, resolve: lift }
    this.#signal('SIGUSR2')
  }

  resume(): void {
    this.#resumed?.resolve()
    this.#resumed = undefined
    this.#signal('SIGCONT')
  }

  get doings(): JobDoings {
    return doingsOfChildren(this.#children, this.#tally)
  }

  /** Answers why it ended, and the exit code of the child that ended last. */
  async run(): Promise<{ readonly reason: StopReason; readonly code: number }> {
    const { concurrency, maxTimeMs } = this.#parts.options
    const cancel =
      Number.isFinite(maxTimeMs) && maxTimeMs > 0
        ? systemClock.after(maxTimeMs, () => this.stop('SIGTERM', 'max-time'))
        : undefined
    this.#lookAgain()
    const renewals = this.#renewals()
    await Promise.all(Array.from({ length: concurrency }, () => this.#keepRunning()))
    cancel?.()
    await Promise.all([this.#spares.end(), ...[...this.#children].map(({ ended }) => ended)])
    renewals?.stop()
    await this.#parts.returns.settled(returnsMs)
    return { reason: this.#reason ?? 'max-jobs', code: this.#lastCode }
  }

  #renewals(): Renewals | undefined {
    const { connector, log, options } = this.#parts
    const { expireMs } = options
    if (expireMs === null) return undefined
    const held = () => [...this.#children].flatMap((child) => child.held)
    return new Renewals({ connector, clock: systemClock, log, expireMs, held })
  }

  #lookAgain(): void {
    const look = () => {
      if (this.#spares.drop()) this.#prepare()
      this.#lookAgain()
    }
    if (this.#reason === undefined) systemClock.after(lookEveryMs, look, { unref: true })
  }

  async #keepRunning(): Promise<void> {
    const { restMs } = this.#parts.options
    let failures = 0
    while (this.#left > 0) {
      const end = await this.#runJob()
      failures = end.ranJob || end.code === 0 ? 0 : failures + 1
      if (this.#isLast(end)) return
      if (failures > 0) await this.#backOff(failures, end)
      else if (restMs > 0 && end.ranJob) await this.#pauses.wait(restMs)
    }
  }

  /** How many jobs may still be begun beyond those of the slots at work. */
  get #left(): number {
    if (this.#reason !== undefined) return 0
    const most = this.#parts.typed.once ? 1 : this.#parts.options.maxJobs
    return most - this.#tally.ran - this.#working
  }

  async #runJob(): Promise<ChildEnd> {
    this.#working++
    try {
      await this.#resumed?.promise
      const end = await this.#runChild()
      this.#lastCode = end.code
      return end
    } finally {
      this.#working--
    }
  }

  /** Lets a child take a job; others take that job over while the code on disk is no longer what the child has. */
  async #runChild(): Promise<ChildEnd> {
    let child = this.#joined(this.#spares.take())
    if (!(await child.ready)) return child.ended
    child.go([])
    this.#prepare()
    for (let moves = 1; ; moves++) {
      const file = await child.stale
      if (file === undefined) return child.ended
      const next = this.#joined(this.#spares.takeCurrent())
      const { log } = this.#parts
      log.debug({ file }, `${oneLine(file)} has changed: the job goes to a fresh child`)
      const isReady = await next.ready
      if (!isReady || moves > mostMoves || this.#resumed !== undefined || this.#reason !== undefined) {
        child.keep()
        if (!isReady) return next.ended
        next.dismiss()
        if (moves > mostMoves) log.error(`${oneLine(file)} changes whenever a child has loaded it`)
        return { ...(await child.ended), code: moves > mostMoves ? 1 : 0 }
      }
      next.go(await child.handOver())
      child = next
    }
  }

  #start(): Child {
    const { log, env } = this.#parts
    const child = new Child({
      script: resolve(process.argv[1]!),
      args: this.#args,
      env,
      took: (reservations) => {
        this.#running++
        for (const { queue } of reservations) this.#tally.taken.add(queue, 1)
        void child.ended.then(() => this.#running--)
        this.#prepare()
      },
      ...childVoice(log),
    })
    void child.ready.then((isReady) => {
      if (isReady) this.#faults.over()
      if (isReady || child.faults.length > 0) this.#faults.tell(child.faults)
    })
    return child
  }

  #joined(child: Child): Child {
    this.#children.add(child)
    void child.ended.then(({ ranJob, hasFailed, held }) => {
      this.#children.delete(child)
      this.#parts.returns.give(held, `${child.pid}`)
      if (ranJob) this.#tally.ran++
      if (ranJob && hasFailed) this.#tally.failed++
    })
    return child
  }

  /** One child is ready ahead, and two while jobs run: quick ones follow each other faster than a child starts. */
  #prepare(): void {
    this.#spares.fill(Math.min(this.#left, this.#running > 0 ? 2 : 1))
  }

  #isLast({ ranJob, code }: ChildEnd): boolean {
    const { typed, options } = this.#parts
    const isEmpty = !ranJob && code === 0
    if (typed.once) this.#reason ??= isEmpty ? 'empty' : 'once'
    else if (options.stopWhenEmpty && isEmpty) this.#reason ??= 'empty'
    return this.#reason !== undefined
  }

  async #backOff(failures: number, { code, sources }: ChildEnd): Promise<void> {
    const delayMs = this.#faults.failed(failures, code)
    await this.#pauses.wait(delayMs, () => sources !== undefined && changeIn(sources) !== undefined)
  }

  #signal(signal: NodeJS.Signals): void {
    for (const child of this.#children) child.signal(signal)
  }
}
