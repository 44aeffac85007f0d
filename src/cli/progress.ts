import { systemClock } from '../process/clock.ts'
import { shortened } from './output.ts'

/** Told by the work how far it is. */
export interface Progress {
  /** Of how many, once that is known. */
  expect(total: number): void
  /** So many more are done. */
  add(count: number): void
}

/** What takes less is over before anybody wonders. */
const patienceMs = 1_000
const redrawMs = 200

const silent: Progress = { expect: () => undefined, add: () => undefined }

/**
 * Does the work and shows on a terminal, once it has taken a second, how far it is; the line is gone at the end. Elsewhere it says
 * nothing. `doing` is what the line begins with, such as `retrying failed jobs`.
 */
export async function withProgress<Result>(
  doing: string,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  if (!process.stderr.isTTY || process.env.TERM === 'dumb') return work(silent)
  const line = new ProgressLine(doing, process.stderr)
  try {
    return await work(line)
  } finally {
    line.end()
  }
}

/** One line of a terminal, drawn over itself. */
class ProgressLine implements Progress {
  readonly #doing: string
  readonly #terminal: NodeJS.WriteStream
  readonly #startedAt = systemClock.monotonic()
  readonly #timer: NodeJS.Timeout
  #drawnAt = -Infinity
  #count = 0
  #total: number | undefined

  constructor(doing: string, terminal: NodeJS.WriteStream) {
    this.#doing = doing
    this.#terminal = terminal
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref()
  }

  expect(total: number): void {
    this.#total = total
  }

  /** Draws too, since an embedded store leaves no timer its turn between two pages. */
  add(count: number): void {
    this.#count += count
    this.#draw()
  }

  end(): void {
    clearInterval(this.#timer)
    if (this.#drawnAt !== -Infinity) this.#terminal.write('\r\x1b[K')
  }

  #draw(): void {
    const now = systemClock.monotonic()
    const elapsedMs = now - this.#startedAt
    if (elapsedMs < patienceMs || now - this.#drawnAt < redrawMs) return
    this.#drawnAt = now
    // A line that wraps could not be drawn over.
    this.#terminal.write(`\r${shortened(this.#text(elapsedMs / 1_000), this.#terminal.columns - 1)}\x1b[K`)
  }

  #text(seconds: number): string {
    const told = [`${Math.floor(seconds)}s`]
    if (this.#count > 0) {
      const of = this.#total === undefined ? '' : ` of ${figure(this.#total)}`
      told.unshift(`${figure(this.#count)}${of}`, `${figure(Math.round(this.#count / seconds))}/s`)
    }
    return `  ${this.#doing}: ${told.join(', ')}`
  }
}

function figure(count: number): string {
  return count.toLocaleString('en-US')
}
