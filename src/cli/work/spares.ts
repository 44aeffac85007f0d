import type { Sources } from '../../process/parent.ts'
import type { Child } from '../../process/supervisor.ts'
import { changeIn } from './sources.ts'

/** The children that are started ahead, whoever will need them. */
export class Spares {
  readonly #start: () => Child
  #waiting: Child[] = []
  readonly #dismissed = new Set<Promise<unknown>>()

  constructor(start: () => Child) {
    this.#start = start
  }

  /** So many are to be there. One that failed counts: whoever takes the next finds out whether it still does. */
  fill(count: number): void {
    while (this.#waiting.length < count) this.#waiting.push(this.#start())
  }

  /** The oldest whose code is that on disk as far as is known, or a new one. */
  take(): Child {
    return this.#taken((sources) => sources === undefined || changeIn(sources) === undefined)
  }

  /** The same, but certainly: one that may have loaded its code before this call is out of the question. */
  takeCurrent(): Child {
    return this.#taken((sources) => sources !== undefined && changeIn(sources) === undefined)
  }

  /** Drops those whose code is no longer that on disk; answers whether there were any. */
  drop(): boolean {
    const current = this.#waiting.filter(
      ({ sources }) => sources === undefined || changeIn(sources) === undefined,
    )
    for (const child of this.#waiting) if (!current.includes(child)) this.#dismiss(child)
    const dropped = current.length < this.#waiting.length
    this.#waiting = current
    return dropped
  }

  /** Ends them all. */
  async end(): Promise<void> {
    for (const child of this.#waiting) this.#dismiss(child)
    this.#waiting = []
    await Promise.all(this.#dismissed)
  }

  #taken(isFit: (sources: Sources | undefined) => boolean): Child {
    for (let child = this.#waiting.shift(); child !== undefined; child = this.#waiting.shift()) {
      if (!child.isOver && isFit(child.sources)) return child
      this.#dismiss(child)
    }
    return this.#start()
  }

  #dismiss(child: Child): void {
    if (child.isOver) return
    child.dismiss()
    this.#dismissed.add(child.ended)
    void child.ended.then(() => this.#dismissed.delete(child.ended))
  }
}
