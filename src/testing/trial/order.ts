import type { ThrownCopy } from '../../sandbox/thrown-copy.ts'
import type { KillPoint } from './kill-point.ts'

/** One delivery of a job, for a process of its own. */
export interface TrialOrder {
  /** The module, absolute. */
  readonly file: string
  readonly task: string
  /** As `encodeData` made it. */
  readonly data: string
  readonly attempt: number
  /** Names the life of the job that the delivery is part of. */
  readonly life: string
  readonly logbook: string
  /** Where it kills itself; undefined: nowhere. */
  readonly target?: KillPoint | undefined
}

/** What such a process tells before it ends by itself. */
export type TrialNews =
  | {
      readonly kind: 'ended'
      readonly reached: readonly KillPoint[]
      /** What the job threw, or why it could not be loaded. */
      readonly thrown: ThrownCopy | undefined
      /** What it asked for that cannot be tried. */
      readonly refused: ThrownCopy | undefined
      /** Deliveries the job is allowed, as it says of itself. */
      readonly tries: number | undefined
    }
  /** Nobody caught it. */
  | { readonly kind: 'crashed'; readonly thrown: ThrownCopy }
