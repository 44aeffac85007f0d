import { note } from '../job-notes.mjs'

/** Nothing else runs for so many ms. Beyond its time-out it ends its process. */
export default class Blocks {
  static timeout = 3
  static tries = 2

  async fire(job, data) {
    for (const end = performance.now() + data.ms; performance.now() < end; );
    note('done', data)
    await job.delete()
  }
}
