import { setTimeout as sleep } from 'node:timers/promises'
import { note } from '../ledger-line.mjs'

/** Does its work, once it did not the first time if it is told so, and says each step. */
export default class Chaos {
  static tries = 0
  static backoff = 0

  async fire(job, { n, way, ms }) {
    note('began', n, job.attempts)
    await sleep(ms)
    if (job.attempts === 1 && (way === 'throw' || way === 'release')) {
      note('again', n, job.attempts)
      if (way === 'throw') throw new Error('as planned')
      return job.release(0)
    }
    note('done', n, job.attempts)
    if (await job.delete()) note('deleted', n, job.attempts)
  }
}
