import { Redis } from 'ioredis'

/** The floor of one round trip: PINGs of ioredis, one after the other. */
export class PingRole {
  #client

  open({ port }) {
    this.#client = new Redis({ host: '127.0.0.1', port })
  }

  async ping({ ms }) {
    const began = performance.now()
    let count = 0
    for (; performance.now() - began < ms; count++) await this.#client.ping()
    return (count / (performance.now() - began)) * 1_000
  }

  close() {
    this.#client.disconnect()
  }
}
