import { inspect, types } from 'node:util'
import type { Connector, Envelope } from '../contract/connector.ts'
import type { Job, JobRegistry, OpenedJob } from '../contract/job.ts'
import { effectsIn } from '../database/effects/effects-in.ts'
import { effectOf } from '../effects/effect.ts'
import { onceIn } from '../effects/once.ts'
import { decodePayload } from '../payload.ts'

interface SyncParts {
  /** Loaded at the first push. */
  readonly registry: () => Promise<JobRegistry>
  readonly bigNumbers: 'bigint' | 'string'
}

/** No queue at all: a push runs the job at once, whatever its delay; an error calls `failed()` and is thrown to the pusher. */
export class SyncConnector implements Connector {
  readonly name = 'sync'
  readonly wire = 'member'
  readonly resolutionMs = 1
  readonly #parts: SyncParts

  constructor(parts: SyncParts) {
    this.#parts = parts
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async push(batch: readonly Envelope[]): Promise<readonly string[]> {
    const registry = await this.#parts.registry()
    for (const envelope of batch) await this.#run(envelope, registry)
    return batch.map((envelope) => envelope.id)
  }

  isTransient(): boolean {
    return false
  }

  async #run(envelope: Envelope, registry: JobRegistry): Promise<void> {
    const { job: name, data } = decodePayload(envelope.body, this.#parts.bigNumbers)
    const opened = registry.resolve(name).open()
    const job = new SyncJob(envelope)
    try {
      await opened.run(job, data)
      if (job.failure !== undefined) throw job.failure
    } catch (thrown) {
      await tellFailed(opened, data, thrown)
      throw thrown
    }
  }
}

/** An error in `failed()` must not hide the one it was called for, nor be lost. */
async function tellFailed(opened: OpenedJob, data: unknown, thrown: unknown): Promise<void> {
  try {
    await opened.failed?.(data, asError(thrown))
  } catch (error) {
    process.emitWarning(`failed() itself failed: ${inspect(error)}`, 'QueueWarning')
  }
}

function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) || thrown instanceof Error
    ? thrown
    : new Error(`the job threw ${inspect(thrown, { depth: 2 })}`)
}

/** The delivery a pushed job sees: deleting and releasing leave a mark and do nothing else. */
class SyncJob implements Job {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly attempts = 1
  readonly rawBody: string
  readonly signal = new AbortController().signal
  isDeleted = false
  isReleased = false
  failure: Error | undefined

  constructor(envelope: Envelope) {
    this.id = envelope.id
    this.name = envelope.job
    this.queue = envelope.queue
    this.rawBody = envelope.body
  }

  get hasFailed(): boolean {
    return this.failure !== undefined
  }

  async delete(): Promise<boolean> {
    this.isDeleted = true
    return true
  }

  async release(): Promise<boolean> {
    this.isReleased = true
    return true
  }

  async fail(reason?: unknown): Promise<boolean> {
    this.failure = reason === undefined ? new Error('the job called fail()') : asError(reason)
    return true
  }

  /** There is no later run for which to keep a note. */
  async once(key: string, fn: () => unknown): Promise<boolean> {
    effectOf(this, key)
    await fn()
    return true
  }

  async onceIn(tx: unknown, key: string, fn: () => unknown): Promise<boolean> {
    return onceIn(await effectsIn(tx), effectOf(this, key), fn)
  }

  async deleteIn(): Promise<void> {
    this.isDeleted = true
  }
}
