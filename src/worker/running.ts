import type { Delivery } from './delivery.ts'

/** Jobs under way, in no order. A Set would leave a gap for each that ended and be made anew every hundred. */
export class Running implements Iterable<Delivery> {
  readonly #jobs: Delivery[] = []

  get size(): number {
    return this.#jobs.length
  }

  /** Those of now, whatever ends meanwhile. */
  [Symbol.iterator](): Iterator<Delivery> {
    return [...this.#jobs].values()
  }

  add(delivery: Delivery): void {
    delivery.place = this.#jobs.length
    this.#jobs.push(delivery)
  }

  /** False when it is not among them. */
  delete(delivery: Delivery): boolean {
    const { place } = delivery
    if (this.#jobs[place] !== delivery) return false
    const last = this.#jobs.pop()!
    if (last === delivery) return true
    this.#jobs[place] = last
    last.place = place
    return true
  }
}
