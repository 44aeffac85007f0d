import type { Context } from '../../compose.ts'
import type { Ms } from '../../contract/time.ts'

/** How long a store may take to say goodbye. */
const goodbyeMs: Ms = 1_000

/** Waits for the last word to a store, but not for long: one that is away must not keep a worker that is done. */
export async function patiently(goodbye: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, goodbyeMs)
  })
  await Promise.race([goodbye?.catch(() => undefined), late])
  clearTimeout(timer)
}

export function closed(context: Context): Promise<void> {
  return patiently(context.close())
}
