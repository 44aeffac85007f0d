import type { WorkerOptions } from '../contract/config.ts'
import type { PullConnector } from '../contract/connector.ts'
import type { EffectLedger } from '../contract/effects.ts'
import type { Infrastructure } from '../contract/infrastructure.ts'
import type { JobRegistry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'
import type { MemoryGauge } from './limits.ts'
import type { Took } from './start-all.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly connector: PullConnector
  readonly registry: JobRegistry
  readonly options: WorkerOptions
  readonly emitter: Emitter
  readonly clock: Clock
  readonly memory: MemoryGauge
  /** Told of the jobs in hand; default: nobody is. */
  readonly watch?: JobWatch | undefined
  /** What the jobs depend on; default: nothing that is known. */
  readonly infrastructure?: readonly Infrastructure[]
  /** The ledger of effects inside a transaction that is not on the store; default: there is none. */
  readonly effectsIn?: (tx: unknown) => Promise<EffectLedger>
  /** How long effects are remembered; null: for ever; default: thirty days. */
  readonly keepEffectsMs?: Ms | null
  /** Asked when the store is open, before the first job is taken: the worker does not start when it rejects. */
  readonly admit?: (() => Promise<void>) | undefined
  /** Told of each delivery in the tick in which it starts, before its code runs, with all that are under way. */
  readonly reserved?: (delivery: Delivery, running: Iterable<Delivery>) => void
  /** Told how many jobs of a queue were reserved, or may have been where no answer came. */
  readonly took?: Took | undefined
  /** Told of a restart that operators ask for, by their count; default: the worker ends. */
  readonly restarted?: (restarts: number) => void
  /** Told when operators signalled something, whatever it was. */
  readonly signalled?: (() => void) | undefined
  /** How long failed jobs are kept; null: for ever. */
  readonly keepFailedMs: Ms | null
}
