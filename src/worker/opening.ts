import type { PullConnector } from '../contract/connector.ts'
import { reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Bell } from './bell.ts'
import type { ControlWatch } from './control-watch.ts'

interface OpeningParts {
  readonly connector: PullConnector
  readonly watch: ControlWatch
  readonly emitter: Emitter
  readonly clock: Clock
  /** Rings, among others, when nobody waits for it any more. */
  readonly bell: Bell
  /** Whether the worker may start; rejects when it may not. */
  readonly admit?: (() => Promise<void>) | undefined
  /** Whether anybody still waits for it. */
  readonly isWanted: () => boolean
}

/** After so long without an answer it is said that the store is being connected to. */
const sayTryingMs: Ms = 1_000

/**
 * A store that is not there yet is waited for; one that refuses for good rejects. Ends at once when nobody waits for it any more:
 * an attempt under way is then left to whoever closes the connector.
 */
export async function openStore(parts: OpeningParts): Promise<void> {
  const { connector, emitter, clock, bell, isWanted } = parts
  const retry = reconnectPolicy()
  const since = clock.monotonic()
  const hush = clock.after(sayTryingMs, () =>
    emitter.emit('store:warning', { message: 'it does not answer yet; the worker is trying to connect' }),
  )
  try {
    for (let attempt = 1; isWanted(); attempt++) {
      const error = await failureOf(parts)
      if (error === undefined) {
        if (attempt > 1 && isWanted()) emitter.emit('store:up', { downMs: clock.monotonic() - since })
        return
      }
      hush()
      if (!connector.isTransient(error)) throw error
      emitter.emit('store:down', { error, attempt })
      bell.listen()
      if (isWanted()) await bell.rest(retry(attempt, error) ?? 0)
    }
  } finally {
    hush()
  }
}

/** What made one attempt fail; undefined when none did, or when nobody waits for it any more. */
async function failureOf({ connector, watch, bell, admit, isWanted }: OpeningParts): Promise<unknown> {
  let isOver = false
  let failure: unknown
  const attempt = async () => {
    try {
      await connector.open()
      if (isWanted()) await admit?.()
      if (isWanted()) await watch.start()
    } catch (error) {
      failure = error
    } finally {
      isOver = true
      bell.ring()
    }
  }
  void attempt()
  while (!isOver && isWanted()) {
    bell.listen()
    await bell.rest(Infinity)
  }
  return failure
}
