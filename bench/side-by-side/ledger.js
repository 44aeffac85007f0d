/** Numbers have seven digits, so that all data is equally long. */
const first = 1_000_000

/** Every job by its number: what was pushed, and how often each ran. */
export class Ledger {
  next = first
  #counts = new Uint8Array(1_048_576)
  #ran = 0
  #lowest = first

  constructor(name) {
    this.name = name
  }

  /** The lowest number that has not run. */
  get lowest() {
    while (this.#counts[this.#lowest - first] > 0) this.#lowest++
    return this.#lowest
  }

  get waiting() {
    return this.next - first - this.#ran
  }

  add({ from, counts }) {
    for (let at = 0; at < counts.length; at++) if (counts[at] > 0) this.#count(from + at, counts[at])
  }

  #count(n, times) {
    const at = n - first
    if (at >= this.#counts.length) {
      const more = new Uint8Array(Math.max(this.#counts.length * 2, at + 1))
      more.set(this.#counts)
      this.#counts = more
    }
    this.#counts[at] += times
    this.#ran++
    if (this.#counts[at] > 1) throw new Error(`${this.name}: job ${n} ran ${this.#counts[at]} times`)
    if (n >= this.next) throw new Error(`${this.name}: job ${n} ran, which nobody pushed`)
  }

  /** Throws unless the store has exactly the jobs that did not run. */
  check(left) {
    if (left !== this.waiting)
      throw new Error(`${this.name}: ${this.waiting} jobs did not run, but its queue has ${left}`)
  }

  clear() {
    this.next = first
    this.#counts.fill(0)
    this.#ran = 0
    this.#lowest = first
  }
}
