import type { MemoryStore } from '../../src/connectors/memory/store.ts'
import type { OutboxJob, OutboxStore } from '../../src/contract/outbox.ts'
import type { Clock } from '../../src/contract/time.ts'

/** What Redis does for outboxes, beside a memory store: the marks of each queue, and the lowest term that counts. */
export class MemoryOutboxStore implements OutboxStore {
  readonly place = 'memory'
  readonly #store: MemoryStore
  readonly #clock: Clock
  readonly #marks = new Map<string, Set<string>>()
  readonly #floors = new Map<string, number>()
  readonly #stored: (body: string) => void
  #term = 0

  constructor(store: MemoryStore, clock: Clock, stored: (body: string) => void) {
    this.#store = store
    this.#clock = clock
    this.#stored = stored
  }

  async nextTerm(above: number): Promise<number> {
    this.#term = Math.max(this.#term, above) + 1
    return this.#term
  }

  async take(queue: string, jobs: readonly OutboxJob[], term: number): Promise<boolean> {
    if (term < (this.#floors.get(queue) ?? 0)) return false
    const marks = this.#marksOf(queue)
    for (const { mark, body, delayMs } of jobs) {
      if (marks.has(mark)) continue
      marks.add(mark)
      this.#stored(body)
      this.#store.add({ id: mark, queue, body, delayMs }, this.#clock.wall())
    }
    return true
  }

  async forget(queue: string, marks: readonly string[], floor: number | null): Promise<void> {
    if (floor !== null) this.#floors.set(queue, Math.max(floor, this.#floors.get(queue) ?? 0))
    for (const mark of marks) this.#marksOf(queue).delete(mark)
  }

  async marks(beginning: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const all = [...this.#marks].map(([queue, marks]) => {
      const ours = [...marks].filter((mark) => mark.startsWith(beginning))
      return [queue, ours] as const
    })
    return new Map(all.filter(([, marks]) => marks.length > 0))
  }

  #marksOf(queue: string): Set<string> {
    const marks = this.#marks.get(queue) ?? new Set()
    this.#marks.set(queue, marks)
    return marks
  }
}
