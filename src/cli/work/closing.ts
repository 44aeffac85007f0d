import type { Context } from '../../compose.ts'
import type { Ms } from '../../contract/time.ts'

/** How long a store may take to say goodbye. */
const closeMs: Ms = 1_000

/** A store that is away must not keep a worker that is done. */
export async function closed(context: Context): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMs)
  })
  await Promise.race([context.close().catch(() => undefined), late])
  clearTimeout(timer)
}
