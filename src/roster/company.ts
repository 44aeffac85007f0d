import type { Roster } from '../contract/roster.ts'
import type { Ms } from '../contract/time.ts'
import { beatMs } from './attendance.ts'
import { type FoundCard, readCard, type WorkerIdentity } from './card.ts'

/** Who has said nothing for so long is cut off, blocked or dead. */
export const silentAfterMs: Ms = 3 * beatMs + 1_000

export type WorkerState = 'here' | 'silent' | 'gone'

/** Whether a process of that id runs on this machine. */
export type IsAlive = (pid: number) => boolean

/** All whose cards are there, those included that have ended a moment ago. */
export async function cardsIn(roster: Roster): Promise<readonly FoundCard[]> {
  return (await roster.all()).map(readCard).filter((card) => card !== null)
}

/** All who are listed, by name. */
export async function listed(roster: Roster): Promise<readonly FoundCard[]> {
  const cards = (await cardsIn(roster)).filter(({ hasLeft }) => !hasLeft)
  return cards.toSorted((one, other) => compare(one.name, other.name) || compare(one.id, other.id))
}

/** Whether a worker is there, has said nothing for long, or is known to have died. */
export function stateOf(
  me: Pick<WorkerIdentity, 'host' | 'pids'>,
  card: FoundCard,
  isAlive: IsAlive,
): WorkerState {
  if (isNear(me, card) && !isAlive(card.pid)) return 'gone'
  return card.ageMs < silentAfterMs ? 'here' : 'silent'
}

/** Other living workers that take from one of the same queues; those of the same parent are no others. */
export function companyOf(
  me: WorkerIdentity,
  cards: readonly FoundCard[],
  isAlive: IsAlive,
): readonly FoundCard[] {
  return cards.filter(
    (card) =>
      card.id !== me.id &&
      card.queues.some((queue) => me.queues.includes(queue)) &&
      !isKin(me, card) &&
      stateOf(me, card, isAlive) === 'here',
  )
}

/** What is unlike in another worker, that its host, its project or its release should be this one's. */
export function strangeIn(
  me: WorkerIdentity,
  other: WorkerIdentity,
): readonly ('host' | 'folder' | 'release')[] {
  return (['host', 'folder', 'release'] as const).filter((key) => me[key] !== other[key])
}

function isKin(me: WorkerIdentity, other: WorkerIdentity): boolean {
  const parentOf = ({ parent, pid }: WorkerIdentity) => parent ?? pid
  return me.host === other.host && me.pids === other.pids && parentOf(me) === parentOf(other)
}

/** Whether its process id means a process here. */
function isNear(me: Pick<WorkerIdentity, 'host' | 'pids'>, other: WorkerIdentity): boolean {
  return me.host === other.host && me.pids !== null && me.pids === other.pids
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
