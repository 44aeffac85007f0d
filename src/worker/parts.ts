import type { WorkerOptions } from '../contract/config.ts'
import type { PullConnector } from '../contract/connector.ts'
import type { EffectLedger } from '../contract/effects.ts'
import type { Infrastructure } from '../contract/infrastructure.ts'
import type { JobRegistry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import type { MemoryGauge } from './limits.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly connector: PullConnector
  readonly registry: JobRegistry
  readonly options: WorkerOptions
  readonly emitter: Emitter
  readonly clock: Clock
  readonly memory: MemoryGauge
  /** Told of the jobs in hand; default: nobody is. */
  readonly watch?: JobWatch
  /** What the jobs depend on; default: nothing that is known. */
  readonly infrastructure?: readonly Infrastructure[]
  /** The ledger of effects inside a transaction that is not on the store; default: there is none. */
  readonly effectsIn?: (tx: unknown) => Promise<EffectLedger>
  /** How long effects are remembered; null: for ever; default: thirty days. */
  readonly keepEffectsMs?: Ms | null
  /** How long failed jobs are kept; null: for ever. */
  readonly keepFailedMs: Ms | null
}
