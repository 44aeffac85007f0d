import type { Reservation, TakeRequest } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { blockBrake } from './block.ts'
import type { Link } from './link.ts'

/** So long a lost call is followed up: after that what it caught comes back when its lease ends. */
const followedMs: Ms = 30_000

/** A blocking call whose answer will not come. */
export interface LostCall {
  readonly take: TakeRequest
  /** Who is blocked. */
  readonly client: number
  /** Of the server it was sent to. */
  readonly runId: string | null | undefined
}

export interface FollowingParts {
  /** The connection for commands. */
  readonly main: Link
  /** What the last reserve took, whether or not its answer came, as long as that is leased. */
  readonly noted: (take: TakeRequest) => Promise<readonly Reservation[]>
}

/** The server may hold the lost connection for alive: its call is to catch nothing any more, and what it caught is ours. */
export async function followUp(
  { take, client, runId }: LostCall,
  { main, noted }: FollowingParts,
  isWanted: () => boolean,
): Promise<readonly Reservation[]> {
  const deadline = performance.now() + followedMs
  for (let attempt = 1; performance.now() < deadline && isWanted(); attempt++) {
    try {
      // Its answer comes after the reserve behind the call.
      if (main.facts?.runId === runId) await main.send('CLIENT', ['UNBLOCK', client])
      return await noted(take)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, blockBrake(attempt, undefined)!))
    }
  }
  return []
}
