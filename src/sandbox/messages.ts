import type { OnceOptions } from '../contract/effects.ts'
import type { ThrownCopy } from './thrown-copy.ts'

/** What a job can be told of its delivery. */
export interface JobCopy {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly attempts: number
  readonly rawBody: string
}

/** One piece of work: a run of a job, or its `failed()`. `task` is the name its entry has in the registry. */
export type Work =
  | { readonly kind: 'run'; readonly task: string; readonly data: unknown; readonly job: JobCopy }
  | { readonly kind: 'failed'; readonly task: string; readonly data: unknown; readonly reason: ThrownCopy }

/** What a sandbox is told: one piece of work at a time. */
export type ToSandbox =
  | Work
  | { readonly kind: 'abort'; readonly reason: ThrownCopy }
  | { readonly kind: 'answer'; readonly call: number; readonly value: boolean }
  | { readonly kind: 'refused'; readonly call: number; readonly thrown: ThrownCopy }
  /** Do the effect of that call of `once`. */
  | { readonly kind: 'effect'; readonly call: number }

/** What the job asks of its delivery. */
export type Call =
  | { readonly method: 'delete' }
  | { readonly method: 'release'; readonly delay: number }
  | { readonly method: 'fail'; readonly reason: ThrownCopy | undefined }
  | { readonly method: 'once'; readonly key: string; readonly ifUnknown: OnceOptions['ifUnknown'] }

/** What a sandbox tells. `isWorn`: it holds so much memory that another should take its place. */
export type FromSandbox =
  | { readonly kind: 'ready' }
  | { readonly kind: 'call'; readonly call: number; readonly asked: Call }
  | { readonly kind: 'effect-ended'; readonly call: number; readonly thrown: ThrownCopy | undefined }
  /** Its loop is alive, and the job has been told. */
  | { readonly kind: 'aborting' }
  | { readonly kind: 'ended'; readonly thrown: ThrownCopy | undefined; readonly isWorn: boolean }
  /** Nobody caught it: the sandbox waits for its end. */
  | { readonly kind: 'crashed'; readonly thrown: ThrownCopy }
