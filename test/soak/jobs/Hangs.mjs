/** Never settles: it is given up after its time-out, and its process ends. */
export default class Hangs {
  static timeout = 1
  static tries = 2
  static backoff = 0

  fire() {
    return new Promise(() => {})
  }
}
