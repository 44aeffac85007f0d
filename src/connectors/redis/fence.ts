import { isOutcomeUnknown } from './errors.ts'
import type { Link } from './link.ts'

/** How long a raised fence stays, in seconds: longer than bytes can be on their way. */
const raisedSeconds = 600

/**
 * A key that a connection WATCHes before a transaction is sent over it. Who repeats what such a transaction was to do raises the fence
 * first: if its bytes arrive after that, from whatever connection was given up, Redis does not carry them out.
 */
export class Fence {
  readonly key: string
  /** The epoch of the link whose connection watches; 0: none does. */
  #watchedBy = 0
  #isForbidden = false

  constructor(key: string) {
    this.key = key
  }

  /** Whether a transaction may be sent now. */
  isWatchedBy(link: Link): boolean {
    return link.isUp && this.#watchedBy === link.epoch
  }

  /** Has the connection watch, if it may: an empty transaction shows whether it may send one at all. */
  begin(link: Link): void {
    if (this.#isForbidden || !link.isUp) return
    link.inOneWrite(() =>
      this.#watching(link, [link.send('MULTI', []), link.send('EXEC', []), this.#sendWatch(link)]),
    )
  }

  /** Has the connection watch again, once the transaction that was just sent has ended the watch. */
  watch(link: Link): Promise<void> {
    return this.#watching(link, [this.#sendWatch(link)])
  }

  /** From now on no transaction that was sent before is carried out. */
  async raise(link: Link): Promise<void> {
    await link.send('SET', [this.key, 1, 'EX', raisedSeconds])
  }

  #sendWatch(link: Link): Promise<unknown> {
    return link.send('WATCH', [this.key])
  }

  async #watching(link: Link, sent: readonly Promise<unknown>[]): Promise<void> {
    const { epoch } = link
    this.#watchedBy = 0
    try {
      await Promise.all(sent)
      if (link.epoch === epoch) this.#watchedBy = epoch
    } catch (error) {
      if (!isOutcomeUnknown(error)) this.#isForbidden = true
    }
  }
}
