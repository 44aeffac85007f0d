import { Child } from './child.js'
import { Ledger } from './ledger.js'

/** One contender: where its jobs are, its producer, and the ledger of its jobs. */
export class Side {
  #entry
  #producer
  #children = new Set()

  /** `entry`: the file that serves the roles; `server`: started, emptied and ended here, and told to the roles as its `target`. */
  constructor(name, entry, server) {
    this.name = name
    this.server = server
    this.ledger = new Ledger(name)
    this.#entry = entry
  }

  async open() {
    await this.server.start()
  }

  /** Leaves no job, and nobody but workers connected. */
  async empty() {
    await this.#endProducer()
    await this.server.flush()
    this.ledger.clear()
  }

  /** An empty queue and a producer of jobs with so much data; `core` as in `pinned`. */
  async begin({ dataBytes = 60, core = 'worker' } = {}) {
    await this.empty()
    this.#producer = this.#child('producer', core)
    await this.#producer.call('open', { contender: this.name, dataBytes, ...this.server.target })
  }

  /** Pushes until so many wait. Answers how many and how long it took. */
  async fill(backlog) {
    const count = backlog - this.ledger.waiting
    if (count <= 0) return { count: 0, ms: 0, isBulk: false }
    const figures = await this.#producer.call('bulk', { from: this.ledger.next, count })
    this.ledger.next += count
    return { count, ...figures }
  }

  async single(options) {
    const figures = await this.#producer.call('single', { from: this.ledger.next, ...options })
    this.ledger.next += figures.count
    this.ledger.check(await this.#producer.call('left'))
    return figures
  }

  async timed(options) {
    const from = this.ledger.next
    this.ledger.next += options.count
    await this.#producer.call('timed', { from, ...options })
  }

  left() {
    return this.#producer.call('left')
  }

  /** A worker process, connected, not yet taking jobs. */
  async worker(options, core = 'worker') {
    const child = this.#child('worker', core)
    const from = this.ledger.lowest
    const { canPause } = await child.call('open', {
      contender: this.name,
      from,
      ...this.server.target,
      ...options,
    })
    return Object.assign(child, { canPause })
  }

  /** Ends workers, enters what they ran, and throws when a job was lost or doubled. */
  async settle(...workers) {
    const ends = await this.end(...workers)
    for (const end of ends) this.ledger.add(end)
    this.ledger.check(await this.left())
    return ends
  }

  async end(...workers) {
    const ends = await Promise.all(workers.map((worker) => worker.close()))
    for (const worker of workers) this.#children.delete(worker)
    return ends
  }

  async close() {
    for (const child of this.#children) child.kill()
    await this.server.stop()
  }

  async #endProducer() {
    const producer = this.#producer
    this.#producer = undefined
    if (producer === undefined) return
    this.#children.delete(producer)
    await producer.close()
  }

  #child(role, core) {
    const child = new Child(this.#entry, role, core)
    this.#children.add(child)
    return child
  }
}
