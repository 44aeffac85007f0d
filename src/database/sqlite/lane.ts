import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'

interface Waiting {
  readonly enter: () => void
  readonly timer: NodeJS.Timeout
}

/** The writers of one file within this process, one at a time in order of arrival, so that they do not poll for each other's locks. */
class Lane {
  #taken = false
  readonly #queue: Waiting[] = []

  get idle(): boolean {
    return !this.#taken
  }

  /** Answers when it is the caller's turn, who must call `leave` afterwards. Rejects when `deadline` (monotonic ms) passes. */
  enter(file: string, deadline: Ms): Promise<void> | undefined {
    if (!this.#taken) {
      this.#taken = true
      return undefined
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#queue.splice(this.#queue.indexOf(waiting), 1)
          reject(tookTooLong(file))
        },
        Math.max(0, deadline - performance.now()),
      )
      const waiting = { enter: resolve, timer }
      this.#queue.push(waiting)
    })
  }

  leave(): void {
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#taken = false
      return
    }
    clearTimeout(next.timer)
    next.enter()
  }
}

const lanes = new Map<string, Lane>()

/** Waits for the process's turn to write to a file. The answer ends the turn. */
export async function enterLane(file: string, deadline: Ms): Promise<() => void> {
  const lane = lanes.get(file) ?? new Lane()
  lanes.set(file, lane)
  await lane.enter(file, deadline)
  return () => {
    lane.leave()
    if (lane.idle) lanes.delete(file)
  }
}

function tookTooLong(file: string): StoreError {
  return new StoreError(
    `database ${file}: another transaction of this process held it all the time ` +
      '(inside transaction(tx => …) use tx, await no settling of a job, and keep network calls outside)',
    { code: 'BUSY', transient: true },
  )
}
