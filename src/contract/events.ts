import type { Reservation } from './connector.ts'
import type { Ms } from './time.ts'

/** What listeners are told of one delivery. */
export interface JobEvent {
  readonly id: string
  /** The name in the payload; `?` when it could not be read. */
  readonly name: string
  readonly queue: string
  readonly attempts: number
  readonly reservation: Reservation
}

export type Outcome = 'deleted' | 'released' | 'failed' | 'unsettled'

/** Every event and what it carries. Listeners run at once, in order; one that throws harms nothing. */
export interface QueueEvents {
  'job:processing': JobEvent
  /** The run ended without an error. */
  'job:processed': JobEvent & { readonly durationMs: Ms; readonly outcome: Outcome; readonly delayMs?: Ms }
  /** The run threw, or timed out; `willRetry` false when it is buried. */
  'job:error': JobEvent & {
    readonly durationMs: Ms
    readonly error: Error
    readonly willRetry: boolean
    readonly delayMs: Ms
  }
  /** Buried: no more tries, unknown, unreadable, or `job.fail()`. */
  'job:failed': JobEvent & { readonly error: Error; readonly durationMs: Ms | null }
  /** The lease was lost: somebody else has the job, and nothing this run says counts. */
  'job:lost': JobEvent
  /** Something worth saying that is no error: settled twice, never settled. */
  'job:warning': JobEvent & { readonly message: string }
  'worker:start': { readonly queues: readonly string[]; readonly concurrency: number }
  'worker:idle': { readonly queues: readonly string[] }
  'worker:pause': { readonly queues: readonly string[] }
  'worker:resume': { readonly queues: readonly string[] }
  'worker:stop': { readonly reason: StopReason }
  /** Each failed try to reach the store, counted from 1. */
  'store:down': { readonly error: unknown; readonly attempt: number }
  'store:up': { readonly downMs: Ms }
  /**
   * A job found away what it depends on: no job is taken until it answers; where nobody can ask it (`canAsk` false), until a rest is
   * over, and then again and again until a job gets through.
   */
  'infrastructure:down': { readonly error: unknown; readonly canAsk: boolean }
  'infrastructure:up': { readonly downMs: Ms }
  /** Something an operator should know of the store: it came back empty, it may evict jobs, … */
  'store:warning': { readonly message: string }
}

export type EventName = keyof QueueEvents
export type Listener<Name extends EventName> = (event: QueueEvents[Name]) => void
export type Listeners = { readonly [Name in EventName]?: Listener<Name> }

/** Why a worker stopped, and the exit code it means. */
export const stopReasons = {
  signal: 0,
  restart: 0,
  'max-jobs': 0,
  'max-time': 0,
  empty: 0,
  once: 0,
  memory: 12,
  timeout: 1,
  crash: 1,
} as const
export type StopReason = keyof typeof stopReasons
