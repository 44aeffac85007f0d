import type { Ms } from './time.ts'

/** How long effects are remembered by default: longer than any job is tried, not as long as failed jobs may lie. */
export const usualKeepMs: Ms = 30 * 24 * 3_600_000

/** One call of `job.once` or `job.onceIn`. */
export interface Effect {
  /** What the effect is called in the user's own words, for all jobs alike: `sms:order:42`. */
  readonly key: string
  /** Names this call, so that what it noted is known again after a lost answer. */
  readonly mark: string
  /** Whose it is: an id, which a retry may change, and a digest of the job's name and data, which nothing changes but PHP. */
  readonly jobId: string
  readonly digest: string
  /** How long it is remembered; null: for ever. */
  readonly keepMs: Ms | null
}

/**
 * What is known of an effect: nothing; that a run of this job began it, or one of another job with the same name and data, which
 * may be at it still; that it is done.
 */
export type EffectState = 'new' | 'started' | 'started elsewhere' | 'done'

/** Remembers effects. Calls reject with the store's errors. */
export interface EffectLedger {
  /**
   * Notes an effect unless it is known, and answers what it was before; repeated with the same mark it answers the same. Rejects
   * with `QueueError` `ONCE_KEY` when the key is another job's.
   */
  note(effect: Effect, as: 'started' | 'done'): Promise<EffectState>
  /** It is done, whoever began it. */
  done(effect: Effect): Promise<void>
  /** Takes back what was noted with this mark. */
  forget(effect: Effect): Promise<void>
}

export interface OnceOptions {
  /**
   * What a run does that finds the effect begun and not known to be done, because an earlier one was cut off in between. `repeat`,
   * the default: does it again. `skip`: counts it as done. `throw`: throws `EffectUnknown`, and so does every later run.
   */
  readonly ifUnknown?: 'repeat' | 'skip' | 'throw'
}
