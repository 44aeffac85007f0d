import type { WorkerReport } from '../../contract/report.ts'
import type { Ms } from '../../contract/time.ts'
import type { PoolPlan } from './plan.ts'
import { type SlotParts, WorkerSlot } from './worker-slot.ts'

interface PoolParts {
  readonly plan: PoolPlan
  /** What the worker of a place is made of; places count from 1. */
  readonly slot: (place: number) => SlotParts
}

/** Between the starts of two workers, so that not all connect in one instant. */
const staggerMs: Ms = 100

/** Workers of the same settings, each in a process of its own. */
export class Pool {
  readonly plan: PoolPlan
  readonly #parts: PoolParts
  /** Places that are to be filled. */
  readonly #wanted = new Map<number, WorkerSlot>()
  /** All whose workers have not ended. */
  readonly #slots = new Map<number, WorkerSlot>()
  #code = 0
  #emptied: () => void = () => undefined

  constructor(parts: PoolParts) {
    this.#parts = parts
    this.plan = parts.plan
  }

  /** How many workers are to run. */
  get size(): number {
    return this.#wanted.size
  }

  /** How many run, those included that are finishing. */
  get alive(): number {
    return this.#slots.size
  }

  /** Keeps the fewest workers going; when none is to run any more, answers the worst exit code. */
  async run(): Promise<number> {
    const over = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    for (let at = 0; at < this.plan.min; at++) this.grow(at * staggerMs)
    await over
    return this.#code
  }

  grow(delayMs: Ms = 0): void {
    let place = 1
    while (this.#slots.has(place)) place++
    const slot = new WorkerSlot(this.#parts.slot(place))
    this.#wanted.set(place, slot)
    this.#slots.set(place, slot)
    void slot.run(delayMs).then((code) => {
      this.#code = Math.max(this.#code, code)
      this.#wanted.delete(place)
      this.#slots.delete(place)
      if (this.#slots.size === 0) this.#emptied()
    })
  }

  /** The worker in the highest place finishes what it runs and ends. */
  shrink(): void {
    const place = Math.max(...this.#wanted.keys())
    this.#wanted.get(place)?.end('stop')
    this.#wanted.delete(place)
  }

  /** Replaces one worker after the other. False: a new one took no jobs, and the others were left alone. */
  async replace(): Promise<boolean> {
    for (const slot of [...this.#wanted.values()]) if (!(await slot.replace())) return false
    return true
  }

  /** How its workers fare, those included that are finishing. */
  async reports(withinMs: Ms): Promise<readonly WorkerReport[]> {
    const said = await Promise.all([...this.#slots.values()].map((slot) => slot.reports(withinMs)))
    return said.flat()
  }

  end(order: 'stop' | 'stop now'): void {
    for (const slot of this.#slots.values()) slot.end(order)
  }

  tell(order: 'pause' | 'resume'): void {
    for (const slot of this.#slots.values()) slot.tell(order)
  }
}
