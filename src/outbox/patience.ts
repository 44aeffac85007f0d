import type { Clock, Ms } from '../contract/time.ts'

/** Ends with the work, or after so long without it; then nobody hears how the work ends. */
export async function withPatience(clock: Clock, ms: Ms, work: Promise<unknown>): Promise<void> {
  let cancel = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  try {
    await Promise.race([work, late])
  } finally {
    cancel()
    work.catch(() => undefined)
  }
}
