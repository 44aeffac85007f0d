import { note } from '../job-notes.mjs'

export default class Plain {
  static tries = 0

  async fire(job, data) {
    note('done', data)
    await job.delete()
  }
}
