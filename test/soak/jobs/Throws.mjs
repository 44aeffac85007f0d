import { note } from '../job-notes.mjs'

/** In vain each time. */
export default class Throws {
  static tries = 2
  static backoff = 0

  async fire() {
    await null
    throw new Error('as planned')
  }

  failed(data) {
    note('failed', data)
  }
}
