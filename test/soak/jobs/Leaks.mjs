import { note } from '../job-notes.mjs'

const kept = []

/** Until the worker has reached its memory limit. */
export default class Leaks {
  static tries = 0

  async fire(job, data) {
    kept.push(Buffer.alloc(8 * 2 ** 20, 1))
    note('done', data)
    await job.delete()
  }
}
