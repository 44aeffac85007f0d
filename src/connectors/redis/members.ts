import type { Reservation } from '../../contract/connector.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { QueueNotes } from './queue-notes.ts'
import { putBack, type ReadMembers, readMembers, withBytes } from './reserve.ts'

interface MembersParts {
  readonly link: Link
  readonly keys: Keys
  readonly notes: QueueNotes
  readonly warn: (message: string) => void
}

/** At once, unless more must be asked for. */
export type Opened = readonly Reservation[] | Promise<readonly Reservation[]>

const none: readonly never[] = []

/** Makes deliveries of the members that were reserved. */
export class Members {
  readonly #parts: MembersParts

  constructor(parts: MembersParts) {
    this.#parts = parts
  }

  open(queue: string, members: readonly string[]): Opened {
    if (members.length === 0) return none
    const read = readMembers(queue, members)
    return read.whose === null && !read.isDamaged ? read.reservations : this.#mended(queue, read)
  }

  /** Members that are not for us go back; bytes that are no text are looked up. */
  async #mended(queue: string, { reservations, alien, whose, isDamaged }: ReadMembers) {
    const { link } = this.#parts
    const keys = this.#parts.keys.of(queue)
    if (whose !== null) {
      this.#bar(queue, whose)
      await putBack(link, keys, alien)
    }
    return isDamaged ? withBytes(link, keys, reservations) : reservations
  }

  #bar(queue: string, whose: string): void {
    const { notes, warn } = this.#parts
    notes.bar(queue)
    warn(`queue ${queue}: ${whose}. They were left where they are`)
  }
}
