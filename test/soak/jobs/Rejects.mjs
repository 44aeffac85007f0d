/** An error that nobody catches, in the midst of the run. */
export default class Rejects {
  static tries = 2
  static backoff = 0

  async fire() {
    setTimeout(() => {
      throw new Error('nobody catches this')
    }, 5)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
