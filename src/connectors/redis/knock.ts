import type { Ms } from '../../contract/time.ts'
import { ringAt } from './alarm.ts'
import type { Link } from './link.ts'

/** So long before it is asked the server is woken: any longer, and it sleeps again. */
const aheadMs: Ms = 0.2

/** Has the server awake at a time (monotonic ms; Infinity: never): asked asleep, it takes half as long again. The answer cancels it. */
export function knockBefore(time: Ms, link: () => Promise<Link>): () => void {
  return ringAt(time - aheadMs, () => void knock(link).catch(() => undefined))
}

async function knock(link: () => Promise<Link>): Promise<void> {
  const open = await link()
  if (open.isUp) await open.send('TIME', [])
}
