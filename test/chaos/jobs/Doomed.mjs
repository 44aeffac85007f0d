import { note } from '../ledger-line.mjs'

/** Fails as often as it may, and is buried. */
export default class Doomed {
  static tries = 2
  static backoff = 0

  fire(job, { n }) {
    note('began', n, job.attempts)
    note('again', n, job.attempts)
    throw new Error('as planned')
  }
}
