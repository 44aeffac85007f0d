import { everyQueue } from '../../control.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'

/** Marks the paused queues, and takes the mark from the others, so that the reserve script refuses them itself. */
export async function applyPauses(link: Link, keys: Keys, paused: readonly string[]): Promise<void> {
  const known = (await link.send('SMEMBERS', [keys.queues])) as string[]
  const named = paused.filter((queue) => queue !== everyQueue)
  const isPaused = paused.includes(everyQueue) ? () => true : (queue: string) => named.includes(queue)
  await Promise.all(
    [...new Set([...known, ...named])].map((queue) => {
      const { paused: mark } = keys.of(queue)
      return isPaused(queue) ? link.send('SET', [mark, '1']) : link.send('DEL', [mark])
    }),
  )
}
