import { setTimeout as sleep } from 'node:timers/promises'

/** What opens it at last, as a supervisor would start it again and again. */
export async function opened(open) {
  for (;;)
    try {
      return await open()
    } catch {
      await sleep(500)
    }
}
