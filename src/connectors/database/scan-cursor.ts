import type { Ms, Seconds } from '../../contract/time.ts'

/** A row's place in the order of reserving. */
export interface Place {
  readonly availableAt: Seconds
  readonly id: number
}

/** How long what stands before a cursor may be passed over. */
const fullScanEveryMs: Ms = 500

/**
 * Where in a queue the next due job is to be looked for: behind the last claimed one, so that the rows just deleted before it
 * are not read again. Every half second, and whenever nothing was found, the look is from the start, for others may have put
 * something there.
 */
export class ScanCursors {
  readonly #places = new Map<string, { readonly place: Place; readonly since: Ms }>()

  /** Behind which place to look; undefined: from the start. */
  of(queue: string): Place | undefined {
    const cursor = this.#places.get(queue)
    return cursor === undefined || performance.now() - cursor.since > fullScanEveryMs
      ? undefined
      : cursor.place
  }

  /** The last claimed row, of as many as were wanted; `wasFull`: the look was from the start. */
  advance(queue: string, place: Place, wasFull: boolean): void {
    const since = wasFull ? performance.now() : this.#places.get(queue)?.since
    if (since !== undefined) this.#places.set(queue, { place, since })
  }

  /** The next look is from the start: something may stand there now. */
  reset(queue?: string): void {
    if (queue === undefined) this.#places.clear()
    else this.#places.delete(queue)
  }
}
