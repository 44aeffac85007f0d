import type { Effect, EffectLedger, OnceOptions } from '../contract/effects.ts'
import { EffectUnknown } from '../contract/errors.ts'

/** Runs `fn` between "started" and "done", unless it was done before. Answers whether it ran. */
export async function once(
  ledger: EffectLedger,
  effect: Effect,
  fn: () => unknown,
  { ifUnknown = 'repeat' }: OnceOptions = {},
): Promise<boolean> {
  const before = await ledger.note(effect, 'started')
  if (before === 'done') return false
  const isUnknown = before !== 'new'
  if (isUnknown && ifUnknown === 'throw')
    throw new EffectUnknown(
      `once: the effect ${JSON.stringify(effect.key)} was begun by an earlier run, and nobody knows whether it was done`,
    )
  const isSkipped = isUnknown && ifUnknown === 'skip'
  if (!isSkipped) await runOrForget(ledger, effect, fn)
  await ledger.done(effect)
  return !isSkipped
}

/** The same where ledger and effect commit together: what is begun there is done or was never there. */
export async function onceIn(ledger: EffectLedger, effect: Effect, fn: () => unknown): Promise<boolean> {
  const before = await ledger.note(effect, 'done')
  if (before === 'done') return false
  await runOrForget(ledger, effect, fn)
  if (before !== 'new') await ledger.done(effect)
  return true
}

/** What threw counts as not done, unless it says that it cannot know. */
async function runOrForget(ledger: EffectLedger, effect: Effect, fn: () => unknown): Promise<void> {
  try {
    await fn()
  } catch (error) {
    // A ledger that cannot be reached leaves it unknown; what the caller must hear of is the effect.
    if (!(error instanceof EffectUnknown)) await ledger.forget(effect).catch(() => undefined)
    throw error
  }
}
