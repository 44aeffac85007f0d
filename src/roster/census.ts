import type { PullConnector } from '../contract/connector.ts'
import type { Roster } from '../contract/roster.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { beatMs } from './attendance.ts'
import type { FoundCard, WorkerIdentity } from './card.ts'
import { cardsIn, type IsAlive, stateOf, type WorkerState } from './company.ts'

interface CensusParts {
  readonly store: Pick<PullConnector, 'size'> & { readonly roster: Roster }
  readonly queue: string
  readonly clock: Clock
  /** Has the workers write their cards anew. */
  readonly callRoll: () => Promise<void>
  readonly here: Pick<WorkerIdentity, 'host' | 'pids'>
  readonly isAlive: IsAlive
}

/** How many jobs left a queue meanwhile, and with whom; all are least figures, for what was pushed meanwhile is not known. */
export interface Census {
  /** By how many the waiting jobs became fewer. */
  readonly left: number
  /** At most so many were reserved by registered workers; null: one of them did not tell. */
  readonly registered: number | null
  /** At least so many were taken by others; null as there. */
  readonly others: number | null
  /** Registered workers that did not tell. */
  readonly silent: readonly FoundCard[]
}

/** How often it is looked whether all workers have told. */
const lookMs: Ms = 200
const patienceMs: Ms = 4 * beatMs
/** Workers of a store without a broadcast look once a second whether they are called. */
const callMs: Ms = 1_200

/**
 * Counts what is taken from a queue while `meanwhile` runs. What registered workers took is read from cards written before the
 * beginning and after the end, so that it is never too little, and what is left for others never too much.
 */
export async function census(parts: CensusParts, meanwhile: () => Promise<void>): Promise<Census> {
  const { queue, clock } = parts
  const before = await freshCards(parts)
  const dead = new Set(before.filter((card) => fateOf(card, parts) === 'gone').map(({ id }) => id))
  const first = await waiting(parts)
  await meanwhile()
  const left = Math.max(0, first - (await waiting(parts)))
  const { cards, late } = await toldSince(clock.monotonic(), dead, parts)
  const ids = new Set(cards.map(({ id }) => id))
  const lost = before.filter((card) => !ids.has(card.id) && fateOf(card, parts) === 'silent')
  const silent = [...late, ...lost]
  if (silent.length > 0) return { left, registered: null, others: null, silent }
  const start = new Map(before.map((card) => [card.id, takenOf(card, queue)]))
  const registered = cards.reduce((sum, card) => sum + takenOf(card, queue) - (start.get(card.id) ?? 0), 0)
  return { left, registered, others: Math.max(0, left - registered), silent }
}

/** The cards as they are a moment later: the older they were, the more would be put down to registered workers. */
async function freshCards(parts: CensusParts): Promise<readonly FoundCard[]> {
  const { clock, callRoll } = parts
  const calledAt = clock.monotonic()
  await callRoll()
  for (;;) {
    const spentMs = clock.monotonic() - calledAt
    const cards = await workersOf(parts)
    if (spentMs > 2 * callMs || cards.every(({ ageMs, hasLeft }) => hasLeft || ageMs < spentMs)) return cards
    await new Promise<void>((resolve) => clock.after(lookMs, resolve))
  }
}

/**
 * The cards of a queue once each was written later than that; `late` are those that are not. The second that came later counts, as the
 * first may have been written before and been on its way. Who was dead before writes no more.
 */
async function toldSince(
  since: Ms,
  dead: ReadonlySet<string>,
  parts: CensusParts,
): Promise<{ readonly cards: readonly FoundCard[]; readonly late: readonly FoundCard[] }> {
  const { clock, callRoll } = parts
  const firsts = new Map<string, Ms>()
  for (let calledAt = -Infinity; ; ) {
    const spentMs = clock.monotonic() - since
    if (spentMs - calledAt >= callMs) {
      calledAt = spentMs
      await callRoll()
    }
    const cards = await workersOf(parts)
    for (const { id, upMs, ageMs } of cards) if (ageMs < spentMs && !firsts.has(id)) firsts.set(id, upMs)
    const hasTold = ({ id, upMs }: FoundCard) => upMs > (firsts.get(id) ?? Infinity)
    const late = cards.filter((card) => !card.hasLeft && !dead.has(card.id) && !hasTold(card))
    const mayTell = late.some((card) => fateOf(card, parts) !== 'gone')
    if (!mayTell || spentMs > patienceMs) return { cards, late }
    await new Promise<void>((resolve) => clock.after(lookMs, resolve))
  }
}

async function workersOf({ store, queue }: CensusParts): Promise<readonly FoundCard[]> {
  return (await cardsIn(store.roster)).filter(
    (card) => card.queues.includes(queue) || takenOf(card, queue) > 0,
  )
}

function fateOf(card: FoundCard, { here, isAlive }: CensusParts): WorkerState {
  return stateOf(here, card, isAlive)
}

function takenOf({ taken }: FoundCard, queue: string): number {
  return Object.hasOwn(taken, queue) ? taken[queue]! : 0
}

async function waiting({ store, queue }: CensusParts): Promise<number> {
  const { ready, delayed } = await store.size(queue)
  return ready + delayed
}
