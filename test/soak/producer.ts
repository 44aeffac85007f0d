import { setTimeout as sleep } from 'node:timers/promises'
import { PushOutcomeUnknown } from '../../src/contract/errors.ts'
import type { QueueClient } from '../../src/queue.ts'
import type { Account } from './account.ts'

/** A job to be pushed: its name, and its data but for its number. */
export interface Kind {
  readonly job: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** Pushes to one queue, through every outage, each job once. */
export class Producer {
  readonly #queue: QueueClient
  readonly #name: string
  readonly #account: Account

  constructor(queue: QueueClient, name: string, account: Account) {
    this.#queue = queue
    this.#name = name
    this.#account = account
  }

  /** Resolves when the store has them. */
  async push(kinds: readonly Kind[]): Promise<void> {
    const { pushed, file } = this.#account
    const jobs = kinds.map(({ job, data }, at) => ({
      job,
      data: { ...data, n: pushed + at + 1, ledger: file },
      queue: this.#name,
    }))
    let send: () => Promise<unknown> = () => this.#queue.bulk(jobs)
    for (;;) {
      try {
        await send()
        break
      } catch (error) {
        // What was not stored is pushed anew; what may have been is repeated by the store's own means.
        if (error instanceof PushOutcomeUnknown) send = error.retry
        else if (!isAway(error)) throw error
        await sleep(100)
      }
    }
    this.#account.pushed += jobs.length
  }
}

function isAway(error: unknown): boolean {
  return (error as { readonly transient?: unknown }).transient === true
}
