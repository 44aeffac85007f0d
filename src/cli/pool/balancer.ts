import type { PullConnector } from '../../contract/connector.ts'
import type { Clock, Ms } from '../../contract/time.ts'
import { type Control, everyQueue } from '../../control.ts'
import type { Log } from '../../process/log.ts'
import { duration, oneLine } from '../output.ts'
import { redact } from '../secrets.ts'
import { hasSpare, type Limits, nextStep, type PoolState } from './balance.ts'
import type { Pool } from './pool.ts'

interface BalancerParts {
  readonly pools: readonly Pool[]
  readonly connector: PullConnector
  readonly control: Control
  readonly clock: Clock
  readonly log: Log
  readonly everyMs: Ms
  readonly limits: Limits
}

/** What a look at the queues of a pool found. */
interface Backlog {
  readonly waitingMs: Ms
  readonly reserved: number
}

/** Looks at the queues now and then, and lets pools grow and shrink by what waits there. */
export class Balancer {
  readonly #parts: BalancerParts
  /** Since when a pool has had a worker that it could do without. */
  readonly #spareSince = new Map<Pool, Ms>()
  /** Since when something has been due in a queue that does not say how long it waits, as what PHP pushed. */
  readonly #dueSince = new Map<string, Ms>()
  #isBlind = false
  #isStopped = false
  #cancel: () => void = () => undefined

  constructor(parts: BalancerParts) {
    this.#parts = parts
  }

  start(): void {
    const { clock, everyMs } = this.#parts
    if (!this.#isStopped)
      this.#cancel = clock.after(everyMs, () => void this.#look().then(() => this.start()))
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** A store that is away leaves the pools as they are. */
  async #look(): Promise<void> {
    try {
      await this.#parts.connector.open()
      const paused = new Set(await this.#parts.control.paused())
      const states = await Promise.all(this.#parts.pools.map((pool) => this.#stateOf(pool, paused)))
      this.#isBlind = false
      if (!this.#isStopped) this.#take(states)
    } catch (error) {
      if (this.#isBlind || this.#isStopped) return
      this.#isBlind = true
      const why = error instanceof Error ? error.message : String(error)
      this.#parts.log.warn(
        oneLine(redact(`nobody can see what waits, so the pools stay as they are: ${why}`)),
      )
    }
  }

  async #stateOf(pool: Pool, paused: ReadonlySet<string>): Promise<PoolState> {
    const { clock } = this.#parts
    const { name, min, max, options } = pool.plan
    const open = paused.has(everyQueue) ? [] : options.queues.filter((queue) => !paused.has(queue))
    const backlogs = await Promise.all(open.map((queue) => this.#backlog(queue)))
    const { size, alive } = pool
    const state = {
      ...{ name: name ?? '', min, max, size, alive, concurrency: options.concurrency },
      waitingMs: Math.max(0, ...backlogs.map(({ waitingMs }) => waitingMs)),
      reserved: backlogs.reduce((sum, { reserved }) => sum + reserved, 0),
      spareMs: 0,
    }
    const now = clock.monotonic()
    if (!hasSpare(state)) this.#spareSince.delete(pool)
    else if (!this.#spareSince.has(pool)) this.#spareSince.set(pool, now)
    return { ...state, spareMs: now - (this.#spareSince.get(pool) ?? now) }
  }

  async #backlog(queue: string): Promise<Backlog> {
    const { connector, clock } = this.#parts
    const { ready, oldestMs, reserved } = await connector.size(queue)
    const now = clock.monotonic()
    if (ready === 0) this.#dueSince.delete(queue)
    else if (!this.#dueSince.has(queue)) this.#dueSince.set(queue, now)
    const waitingMs = ready === 0 ? 0 : (oldestMs ?? now - (this.#dueSince.get(queue) ?? now))
    return { waitingMs, reserved }
  }

  #take(states: readonly PoolState[]): void {
    const { pools, limits, log } = this.#parts
    const step = nextStep(states, limits)
    const at = states.findIndex(({ name }) => name === step?.name)
    const pool = pools[at]
    if (step === null || pool === undefined) return
    if (step.kind === 'grow') pool.grow()
    else pool.shrink()
    this.#spareSince.delete(pool)
    const { waitingMs, name } = states[at]!
    const why = waitingMs > 0 ? `its oldest job has waited for ${duration(waitingMs)}` : 'nothing waits'
    log.info(
      { pool: name, processes: pool.size },
      `pool ${name}: ${pool.size} of at most ${pool.plan.max} (${why})`,
    )
  }
}
