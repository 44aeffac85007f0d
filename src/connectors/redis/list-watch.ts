import type { Ms } from '../../contract/time.ts'
import { blockBrake, blockOn } from './block.ts'
import type { Link } from './link.ts'

/** How long one blocking call lasts: so often an idle connection costs a command. */
const usualBlockMs: Ms = 10_000

/**
 * Tells when a list has a head, and takes nothing: `BLMOVE q q LEFT LEFT` puts back what it finds, and is woken by PHP's RPUSH
 * too. A call stays blocked when nobody listens any more; it is renewed only for somebody who does.
 */
export class ListWatch {
  readonly #list: string
  readonly #link: Link
  readonly #hasHead: () => Promise<boolean>
  readonly #blockMs: Ms
  readonly #listeners = new Set<() => void>()
  #isArmed = false
  #isClosed = false
  #failures = 0
  #resume: (() => void) | undefined

  /** `link` is this watch's own; `hasHead` asks another connection while that one is away. */
  constructor(list: string, link: Link, hasHead: () => Promise<boolean>, blockMs = usualBlockMs) {
    this.#blockMs = blockMs
    this.#list = list
    this.#link = link
    link.onUp(() => this.#resume?.())
    this.#hasHead = hasHead
  }

  /** Calls `ring` once when the list has a head, which may be now; the answer cancels it. */
  listen(ring: () => void): () => void {
    this.#listeners.add(ring)
    if (!this.#isArmed && !this.#isClosed) void this.#run()
    return () => this.#listeners.delete(ring)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
    this.#resume?.()
    await this.#link.close()
  }

  async #run(): Promise<void> {
    this.#isArmed = true
    let isFound = false
    while (!isFound && this.#listeners.size > 0) isFound = await this.#found()
    this.#isArmed = false
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const ring of listeners) ring()
  }

  async #found(): Promise<boolean> {
    try {
      await this.#link.open()
      if (!this.#link.isUp) return this.#foundElsewhere()
      const head = await blockOn(this.#link, this.#list, this.#blockMs)
      this.#failures = 0
      return head !== null
    } catch {
      return this.#foundElsewhere()
    }
  }

  /** After a pause that grows with every failure. */
  async #foundElsewhere(): Promise<boolean> {
    this.#failures++
    await this.#pause(blockBrake(this.#failures, undefined)!)
    if (this.#listeners.size === 0) return false
    return this.#hasHead().catch(() => false)
  }

  #pause(pauseMs: Ms): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve()
      const timer = setTimeout(resolve, pauseMs).unref()
      this.#resume = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
