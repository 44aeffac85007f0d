import type { Connector, Envelope } from '../contract/connector.ts'
import type { Seconds } from '../contract/time.ts'
import { decodePayload } from '../payload.ts'

/** A job as it was pushed to a fake queue. */
export interface PushedJob {
  readonly id: string
  /** Its name, with the task: `admin/SendNotice`, `Job2@task1`. */
  readonly job: string
  /** As the job would be given it: what JSON keeps of what was pushed. */
  readonly data: unknown
  readonly queue: string
  /** 0: due at once. */
  readonly delay: Seconds
}

/** Keeps what is pushed instead of storing it. */
export class PushedJobs implements Connector {
  readonly name = 'fake'
  readonly wire = 'member'
  readonly resolutionMs = 1
  readonly all: PushedJob[] = []

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async push(batch: readonly Envelope[]): Promise<readonly string[]> {
    for (const envelope of batch) this.#keep(envelope)
    return batch.map(({ id }) => id)
  }

  /** A transaction of `thinkq/database` says when it commits; of others that is not known, and they count at once. */
  async pushIn(tx: unknown, batch: readonly Envelope[]): Promise<readonly string[]> {
    const { afterCommit } = tx as { readonly afterCommit?: (fn: () => void) => void }
    if (typeof afterCommit === 'function') afterCommit.call(tx, () => void this.push(batch))
    else await this.push(batch)
    return batch.map(({ id }) => id)
  }

  isTransient(): boolean {
    return false
  }

  #keep({ id, queue, body, delayMs, token }: Envelope): void {
    if (token !== undefined && this.all.some((each) => each.id === token)) return
    const { job, data } = decodePayload(body, 'bigint')
    this.all.push({ id, job, data, queue, delay: delayMs / 1_000 })
  }
}
