import { databaseConnector } from '../../dist/connectors/database/index.js'

const queue = 'default'
const expireMs = 60_000
const batch = 10

/** Pushes and reserves by the connector itself, so that as many jobs wait at the end as at the beginning. */
export class DepthRole {
  #connector
  #waiting = 0

  async open({ url }) {
    this.#connector = databaseConnector({ dsn: url }, { connection: 'bench', root: process.cwd() })
    await this.#connector.open()
  }

  async fill({ count, delayMs = 0 }) {
    const many = Array.from({ length: 1_000 }, () => envelope(delayMs))
    for (let left = count; left > 0; left -= many.length) await this.#connector.push(many.slice(0, left))
    this.#waiting += count
  }

  /** For `ms`: ten single pushes, then one exchange that settles the ten taken before and takes ten. Answers each one's rate. */
  async measure({ ms }) {
    const spent = { push: 0, exchange: 0 }
    let [turns, held] = [0, []]
    const until = performance.now() + ms
    for (; performance.now() < until; turns++) {
      const began = performance.now()
      for (let pushed = 0; pushed < batch; pushed++) await this.#connector.push([envelope(0)])
      const between = performance.now()
      held = await this.#exchange(held)
      spent.push += between - began
      spent.exchange += performance.now() - between
    }
    await this.#connector.settle(held.map(deletion))
    await this.#check()
    const jobs = turns * batch
    return { push: (jobs / spent.push) * 1_000, reserve: (jobs / spent.exchange) * 1_000 }
  }

  async #exchange(held) {
    const request = { queues: [queue], limit: batch, expireMs }
    const { refused, reserved } = await this.#connector.exchange(held.map(deletion), request)
    if (refused.length > 0 || reserved.length !== batch)
      throw new Error(`${refused.length} settlements were refused, ${reserved.length} jobs were reserved`)
    return reserved
  }

  async #check() {
    const { ready, delayed, reserved } = await this.#connector.size(queue)
    if (ready + delayed !== this.#waiting || reserved !== 0)
      throw new Error(
        `${this.#waiting} jobs should wait: ${ready} do, ${delayed} later, ${reserved} reserved`,
      )
  }

  async close() {
    await this.#connector.close()
  }
}

function envelope(delayMs) {
  const body = JSON.stringify({ job: 'Count', data: { n: 1_000_000, text: 'x'.repeat(34) } })
  return { id: 'tq', queue, job: 'Count', body, delayMs }
}

function deletion(reservation) {
  return { kind: 'delete', reservation }
}
