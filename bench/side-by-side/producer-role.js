import { setTimeout as sleep } from 'node:timers/promises'

const now = () => Number(process.hrtime.bigint()) / 1e6
const batch = 1_000

/** Pushes jobs whose JSON has `dataBytes` bytes, numbered from `from` on. */
export class ProducerRole {
  #contenders
  #producer
  #filler = ''

  /** Modules of contenders by name, loaded when they are called. */
  constructor(contenders) {
    this.#contenders = contenders
  }

  async open({ contender, dataBytes, ...target }) {
    this.#filler = 'x'.repeat(dataBytes - JSON.stringify({ n: 1_000_000, text: '' }).length)
    const { producer } = await this.#contenders[contender]()
    this.#producer = await producer(target)
  }

  #data(n) {
    return { n, text: this.#filler }
  }

  /** A thousand a call, one call after the other. */
  async bulk({ from, count }) {
    const push = this.#producer.bulk ?? this.#producer.fill
    const began = now()
    for (let at = from; at < from + count; at += batch) {
      const many = Array.from({ length: Math.min(batch, from + count - at) }, (_, i) => this.#data(at + i))
      await push(many)
    }
    return { ms: now() - began, isBulk: this.#producer.bulk !== undefined }
  }

  /** Single pushes for `ms`, `inFlight` at a time. */
  async single({ from, ms, inFlight }) {
    const push = (inFlight > 1 && this.#producer.pushInFlight) || this.#producer.push
    let next = from
    const began = now()
    const until = began + ms
    const pusher = async () => {
      while (now() < until) await push(this.#data(next++))
    }
    await Promise.all(Array.from({ length: inFlight }, pusher))
    return { count: next - from, ms: now() - began }
  }

  /** `count` pushes at random moments, each told when it is due: at once, or after the delay that is its turn. */
  async timed({ from, count, gapMs: [least, most], delaysMs = [undefined] }) {
    for (let i = 0; i < count; i++) {
      await sleep(least + Math.random() * (most - least))
      const delayMs = delaysMs[i % delaysMs.length]
      await this.#producer.push({ n: from + i, due: now() + (delayMs ?? 0) }, delayMs)
    }
  }

  left() {
    return this.#producer.left()
  }

  async close() {
    await this.#producer.close()
  }
}
