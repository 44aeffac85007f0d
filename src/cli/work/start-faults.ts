import { reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import type { Log } from '../../process/log.ts'
import { duration, oneLine, safeLines } from '../output.ts'

/** Between children that fail at their start, as while a file is half saved. */
const policy = reconnectPolicy(500, 10_000)

/** What is wrong with the code that children load: said when it is news, not for every child. */
export class StartFaults {
  readonly #log: Log
  #told: ReadonlySet<string>
  #isFailing = false

  /** These were told already. */
  constructor(log: Log, told: readonly string[]) {
    this.#log = log
    this.#told = new Set(told)
  }

  tell(faults: readonly string[]): void {
    for (const fault of faults) if (!this.#told.has(fault)) this.#log.error(oneLine(safeLines(fault)))
    this.#told = new Set(faults)
  }

  /** So many children in a row ended with that code before they took a job; answers how long to wait for the next. */
  failed(failures: number, code: number): Ms {
    const delayMs = policy(failures, undefined) ?? 0
    const text = `the child ended with code ${code} before it took a job; next in ${duration(delayMs)}, or when a file it loaded changes`
    if (this.#isFailing) this.#log.debug({ code }, text)
    else this.#log.warn({ code }, text)
    this.#isFailing = true
    return delayMs
  }

  /** A child started well. */
  over(): void {
    if (this.#isFailing) this.#log.info('children start again')
    this.#isFailing = false
  }
}
