import type { Tally } from './tally.ts'

/** A line of progress for every so many notices. */
const step = 100

/** Prints what happens: seconds since the start, what it is about, what was done. */
export class Narrator {
  readonly #startedAt = performance.now()
  #refusals = 0
  #told = 0

  say(about: string, what: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1)
    process.stdout.write(`${seconds.padStart(6)}s  ${about.padEnd(9)} ${what}\n`)
  }

  /** The account refused a notice. */
  refusal(): void {
    this.#refusals += 1
    this.say('account', `failed for 周经理 (${this.#refusals}): the job will be tried again`)
  }

  /** So many notices have been accepted. */
  progress(accepted: number): void {
    if (accepted < this.#told + step) return
    this.#told = accepted
    this.say('notices', `${accepted} accepted`)
  }

  conclude(tally: Tally): void {
    const { notices, delivered, duplicates, lost } = tally
    this.say(
      'counted',
      `${delivered} of ${notices} notices delivered, ${duplicates} of them twice, ${lost} lost`,
    )
  }
}
