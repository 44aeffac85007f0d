import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** One message that arrived: who it is for, and what else the sender told. */
export interface Message {
  readonly order: number
  /** The first of an order is 1. */
  readonly times: number
  readonly told: URLSearchParams
}

/** A stand-in for whoever sends text messages: what has arrived here was sent, and cannot be taken back. */
export class TextAccount {
  readonly url: string
  readonly #sent = new Map<number, number>()

  private constructor(url: string) {
    this.url = url
  }

  /** Answers each message once `arrived` has returned. It ends with the running test. */
  static async listen(arrived: (message: Message) => Promise<void>): Promise<TextAccount> {
    const server = createServer(async ({ url = '' }, response) => {
      const told = new URL(url, 'http://account').searchParams
      await arrived(account.#note(told))
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const account = new TextAccount(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return account
  }

  get orders(): number {
    return this.#sent.size
  }

  /** Messages that were sent again. */
  get resends(): number {
    return [...this.#sent.values()].reduce((sum, times) => sum + times - 1, 0)
  }

  /** How often the order was told that was told most often. */
  get most(): number {
    return Math.max(0, ...this.#sent.values())
  }

  #note(told: URLSearchParams): Message {
    const order = Number(told.get('order'))
    const times = (this.#sent.get(order) ?? 0) + 1
    this.#sent.set(order, times)
    return { order, times, told }
  }
}

/** Counts of a full run, which takes minutes; else those of the ordinary tests. */
export function counted(full: number, usual: number): number {
  return process.env.QUEUE_TEST_FULL ? full : usual
}
