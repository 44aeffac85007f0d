import type { RosterEntry } from '../contract/roster.ts'
import type { Ms } from '../contract/time.ts'

/** A job that a worker runs. */
export interface JobInHand {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly attempts: number
  /** For how long it has run. */
  readonly forMs: Ms
}

/** What a worker is: it does not change while it lives. */
export interface WorkerIdentity {
  readonly id: string
  /** What its log lines call it. */
  readonly name: string
  readonly host: string
  readonly pid: number
  /** Who else's process ids mean the same as its own; null: nobody can tell. */
  readonly pids: string | null
  /** Whom it is one of several workers of; null: it is alone. */
  readonly parent: number | null
  readonly user: string
  /** The folder of the project. */
  readonly folder: string
  readonly environment: string | null
  readonly release: string | null
  readonly command: string
  readonly queues: readonly string[]
  readonly concurrency: number
}

/** What it does; times are lengths, for clocks of two machines differ. */
export interface WorkerDoings {
  readonly upMs: Ms
  readonly done: number
  /** Runs that threw or timed out; null: nobody counts them. */
  readonly failed: number | null
  readonly memoryBytes: number
  /** How many jobs it has reserved, by queue; never too few. */
  readonly taken: Readonly<Record<string, number>>
  /** It has ended: what it took is kept for a while. */
  readonly hasLeft: boolean
  /** Since the store last answered when it was asked for jobs; null: it never did. */
  readonly reserveAgeMs: Ms | null
  /** The first of them, oldest first. */
  readonly jobs: readonly JobInHand[]
  readonly running: number
}

export type WorkerCard = WorkerIdentity & WorkerDoings

/** A card as it was found. */
export interface FoundCard extends WorkerCard {
  /** Since the worker last said so. */
  readonly ageMs: Ms
}

/** How many jobs a card names. */
export const jobsNamed = 20

export function cardText(card: WorkerCard): string {
  return JSON.stringify(card)
}

/** Null for what is no card of a version that we know: anybody may write there. */
export function readCard({ id, text, ageMs }: RosterEntry): FoundCard | null {
  try {
    const written: unknown = JSON.parse(text)
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return null
    const card = { ...blank, ...(written as Partial<WorkerCard>), id, ageMs }
    return isSound(card) ? card : null
  } catch {
    return null
  }
}

const blank: Omit<WorkerCard, 'id'> = {
  ...{ name: '?', host: '?', pid: 0, pids: null, parent: null, user: '?', folder: '?' },
  ...{ environment: null, release: null, command: '?', queues: [], concurrency: 1 },
  ...{
    upMs: 0,
    done: 0,
    failed: null,
    taken: {},
    hasLeft: false,
    memoryBytes: 0,
    reserveAgeMs: null,
    jobs: [],
    running: 0,
  },
}

/** Each value is of the kind that it has on a blank card; what may be null there may be a text or a number. */
function isSound(card: FoundCard): boolean {
  const kinds = Object.entries(blank) as [keyof typeof blank, unknown][]
  return (
    kinds.every(([key, value]) =>
      value === null
        ? card[key] === null || ['string', 'number'].includes(typeof card[key])
        : typeof card[key] === typeof value && Array.isArray(card[key]) === Array.isArray(value),
    ) &&
    card.queues.every((queue) => typeof queue === 'string') &&
    Object.values(card.taken).every((count) => typeof count === 'number') &&
    card.jobs.every(isJob)
  )
}

function isJob(job: unknown): boolean {
  if (typeof job !== 'object' || job === null) return false
  const { id, name, queue, attempts, forMs } = job as Partial<JobInHand>
  const texts = [id, name, queue].every((each) => typeof each === 'string')
  return texts && typeof attempts === 'number' && typeof forMs === 'number'
}
