import type { Reservation } from '../contract/connector.ts'
import type { Ms } from '../contract/time.ts'
import { systemClock } from './clock.ts'
import { lastWordsOf, startOwn } from './own-process.ts'
import type { ChildMessage, ParentMessage, Sources } from './parent.ts'
import { Pulse } from './pulse.ts'

export interface ChildOptions {
  /** The script to run by this very node, absolute, and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Told when it has a job. */
  readonly took: (reservations: readonly Reservation[]) => void
  /** Told when the child is killed because its job ran for so long. */
  readonly killed: (job: ChildJob, timeoutMs: Ms) => void
  /** Told once when its job lets nothing else run, and again when that is over. */
  readonly blocked: (job: ChildJob, blockedMs: Ms) => void
  readonly unblocked: (job: ChildJob, blockedMs: Ms) => void
}

/** What a child runs. */
export interface ChildJob {
  readonly name: string
  readonly reservation: Reservation | undefined
}

/** How a child ended. */
export interface ChildEnd {
  readonly code: number
  /** Whether it had a job that it did not hand over. */
  readonly ranJob: boolean
  /** Whether its job threw, or took the process with it. */
  readonly hasFailed: boolean
  /** What it was running when a signal ended it. */
  readonly held: readonly Reservation[]
  /** What it had loaded, if it came so far as to say so. */
  readonly sources: Sources | undefined
}

/** What a child may take beyond its job's time-out, or beyond a dismissal, to end by itself: it was told to, unless it is blocked. */
const unwindMs: Ms = 6_000

/**
 * One child process: its output is ours, signals reach it only through `signal` (it has a process group of its own, so that
 * Ctrl+C does not reach it twice), and it is killed when its job outlives its time-out and the time to unwind.
 */
export class Child {
  /** Resolves true when it has loaded everything and waits for `go`, false when it ended before; never rejects. */
  readonly ready: Promise<boolean>
  /** Resolves to the file that keeps it from running the job it has, or to undefined when it ended without such trouble. */
  readonly stale: Promise<string | undefined>
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<ChildEnd>
  /** What it has loaded, and what is wrong with it; known when it is ready, or could not be. */
  sources: Sources | undefined
  faults: readonly string[] = []
  /** Whether it has ended, or is about to. */
  isOver = false
  /** What it runs. */
  held: readonly Reservation[] = []
  /** When that began, monotonic ms. */
  beganAt: Ms | undefined
  readonly #options: ChildOptions
  readonly #pulse: Pulse
  readonly #process
  readonly #heard = new Map<ChildMessage['kind'], (message: ChildMessage) => void>()
  #ranJob = false
  #hasFailed: boolean | undefined
  #name = ''
  #signalled = false
  #killTimer: NodeJS.Timeout | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    this.#pulse = new Pulse({
      clock: systemClock,
      blocked: (ms) => options.blocked(this.job, ms),
      over: (ms) => options.unblocked(this.job, ms),
    })
    this.#process = startOwn(options.script, options.args, { env: options.env })
    this.#process.on('message', (message: ChildMessage) => this.#hear(message))
    this.ended = lastWordsOf(this.#process).then(({ code, signal }) => {
      clearTimeout(this.#killTimer)
      this.#pulse.end()
      this.isOver = true
      const held = signal === null ? [] : this.held
      const hasFailed = this.#hasFailed ?? held.length > 0
      return {
        code: code ?? this.#codeOf(signal),
        ranJob: this.#ranJob,
        hasFailed,
        held,
        sources: this.sources,
      }
    })
    const ended = this.ended.then(() => undefined)
    this.ready = Promise.race([this.#hears('ready').then(() => true), ended.then(() => false)])
    this.stale = Promise.race([this.#hears('stale').then(({ file }) => file), ended])
  }

  /** Lets it take a job: these, which another child has reserved, before all others. */
  go(reservations: readonly Reservation[]): void {
    this.#say({ kind: 'go', reservations })
  }

  /** What a stale child had reserved, which it then no longer has; nothing when it ended instead. */
  async handOver(): Promise<readonly Reservation[]> {
    const handed = this.#hears('handed').then(({ reservations }) => reservations)
    this.#say({ kind: 'hand-over' })
    return Promise.race([handed, this.ended.then(() => [])])
  }

  /** Makes a stale child give what it has reserved back to the store. */
  keep(): void {
    this.#say({ kind: 'keep' })
  }

  /** Undefined for one that could not be started. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  signal(signal: NodeJS.Signals): void {
    this.#signalled = true
    this.#process.kill(signal)
  }

  /** Ends one that was never let go. */
  dismiss(): void {
    this.signal('SIGTERM')
    if (this.#process.connected) this.#process.disconnect()
    this.#killTimer = setTimeout(() => this.#process.kill('SIGKILL'), unwindMs)
  }

  /** What it runs now. */
  get job(): ChildJob {
    return { name: this.#name, reservation: this.held[0] }
  }

  /** One that has just ended hears nothing any more. */
  #say(message: ParentMessage): void {
    if (this.#process.connected) this.#process.send(message, () => undefined)
  }

  #hears<Kind extends ChildMessage['kind']>(kind: Kind): Promise<ChildMessage & { readonly kind: Kind }> {
    return new Promise((resolve) => {
      this.#heard.set(kind, (message) => resolve(message as ChildMessage & { readonly kind: Kind }))
    })
  }

  /** A child that was stopped before it could take a job, or even a signal, or after its job, has done what it was told. */
  #codeOf(signal: NodeJS.Signals | null): number {
    return signal !== 'SIGKILL' && this.#signalled && this.held.length === 0 ? 0 : 1
  }

  #hear(message: ChildMessage): void {
    switch (message.kind) {
      case 'ready':
      case 'failed':
        this.sources = message.sources
        this.faults = message.faults
        this.isOver = message.kind === 'failed'
        break
      case 'took':
        this.#ranJob = true
        this.held = message.reservations
        this.#options.took(message.reservations)
        break
      case 'began':
        this.#name = message.job
        this.beganAt = systemClock.monotonic()
        this.#limit(message.timeoutMs)
        this.#pulse.begin()
        break
      case 'beat':
        this.#pulse.beat()
        break
      case 'ended':
        this.#pulse.end()
        this.#hasFailed = message.hasFailed
        this.held = []
        clearTimeout(this.#killTimer)
        break
    }
    this.#heard.get(message.kind)?.(message)
  }

  #limit(timeoutMs: Ms): void {
    clearTimeout(this.#killTimer)
    if (timeoutMs > 0) this.#killTimer = setTimeout(() => this.#kill(timeoutMs), timeoutMs + unwindMs)
  }

  #kill(timeoutMs: Ms): void {
    this.#options.killed(this.job, timeoutMs)
    this.#process.kill('SIGKILL')
  }
}
