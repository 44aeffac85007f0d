import type { Effect, EffectState } from '../contract/effects.ts'
import { QueueError } from '../contract/errors.ts'

/** An effect's name among all that a store keeps. */
export function recordName({ key }: Effect): string {
  return `once:${key}`
}

/** What a ledger writes: state, mark, digest, id of the job; at most 240 characters. */
export function recordText({ mark, digest, jobId }: Effect, state: 'started' | 'done'): string {
  return `${state} ${mark} ${digest} ${jobId}`
}

/** What a record says to whoever finds it. Throws `QueueError` `ONCE_KEY` when it is another job's. */
export function stateIn(record: string, effect: Effect): EffectState {
  const [, state, mark, digest, jobId] = /^(started|done) (\S+) (\S+) (.*)$/s.exec(record) ?? []
  if (digest !== effect.digest && jobId !== effect.jobId)
    throw new QueueError(
      'ONCE_KEY',
      `once: the key ${JSON.stringify(effect.key)} is taken by another job (${jobId ?? 'unknown'}), whose name or data differ; a key names one effect for all jobs, so it must say which: "sms:order:42", not "sms"`,
    )
  if (mark === effect.mark) return 'new'
  if (state === 'done') return 'done'
  return jobId === effect.jobId ? 'started' : 'started elsewhere'
}
