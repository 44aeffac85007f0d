import type { Ms } from '../../contract/time.ts'

/** Pauses between looks: they grow while nothing comes. */
const shortestMs: Ms = 200
const longestMs: Ms = 1_000

/** Asks again and again whether lists have a head: for more of them than connections are worth. */
export class ListPoll {
  readonly #hasHead: (lists: readonly string[]) => Promise<boolean>
  #pauseMs = shortestMs

  constructor(hasHead: (lists: readonly string[]) => Promise<boolean>) {
    this.#hasHead = hasHead
  }

  /** Calls `ring` once when one of the lists has a head, which may be now; the answer cancels it. */
  listen(lists: readonly string[], ring: () => void): () => void {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const look = async () => {
      const isFound = await this.#hasHead(lists).catch(() => false)
      if (isOver) return
      this.#pauseMs = isFound ? shortestMs : Math.min(this.#pauseMs * 1.5, longestMs)
      if (isFound) ring()
      else timer = setTimeout(look, this.#pauseMs)
    }
    void look()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }
}
