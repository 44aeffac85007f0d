import type { PullConnector } from '../contract/connector.ts'
import type { Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Consumer } from './consumer.ts'
import type { ControlWatch } from './control-watch.ts'

interface Listeners {
  readonly consumer: Consumer
  readonly watch: ControlWatch
  readonly emitter: Emitter
}

/** Passes the store's news on to those they concern, until the answer is called. */
export function hearStore(
  connector: PullConnector,
  { consumer, watch, emitter }: Listeners,
): (() => void) | undefined {
  return connector.hear?.({
    // While it was away, what operators said may have been missed.
    up() {
      consumer.release()
      watch.lookNow()
    },
    control: () => watch.lookNow(),
    warn: (message) => emitter.emit('store:warning', { message }),
  })
}

/** How often to look for what operators said: rarely where the store tells of it. */
export function lookEveryMs({ hear }: PullConnector): Ms {
  return hear === undefined ? 1_000 : 5_000
}
