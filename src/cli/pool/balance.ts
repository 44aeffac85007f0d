import type { Ms } from '../../contract/time.ts'

/** What is known of a pool when the next step is decided. */
export interface PoolState {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Workers that are to run. */
  readonly size: number
  /** Workers that run, those included that are finishing. */
  readonly alive: number
  /** Jobs at once in one worker. */
  readonly concurrency: number
  /** How long the oldest due job has waited; 0: none is due. */
  readonly waitingMs: Ms
  /** Jobs under way. */
  readonly reserved: number
  /** For how long it has had a worker that it could do without. */
  readonly spareMs: Ms
}

export interface Limits {
  /** The most workers of all pools together. */
  readonly total: number
  /** How long a worker must have been one too many before it is ended. */
  readonly cooldownMs: Ms
}

export interface Step {
  readonly kind: 'grow' | 'shrink'
  readonly name: string
}

/** Jobs that wait no longer than this are being kept up with. */
const patienceMs: Ms = 1_000

/**
 * One step, or none: the pool whose jobs have waited longest gets a worker. Where there is no room for another, the pool with the
 * shortest wait gives one up, if its jobs wait less than half as long. Where nothing waits, a worker that was one too many ends.
 */
export function nextStep(pools: readonly PoolState[], { total, cooldownMs }: Limits): Step | null {
  const hungry = longest(pools.filter(({ waitingMs, size, max }) => waitingMs > patienceMs && size < max))
  const alive = pools.reduce((sum, pool) => sum + pool.alive, 0)
  if (hungry !== undefined && alive < total) return { kind: 'grow', name: hungry.name }
  const dispensable = pools.filter(({ size, min }) => size > min)
  const isLeaving = pools.some((pool) => pool.alive > pool.size)
  if (hungry !== undefined && !isLeaving) {
    const giver = shortest(dispensable.filter(({ waitingMs }) => waitingMs < hungry.waitingMs / 2))
    return giver === undefined ? null : { kind: 'shrink', name: giver.name }
  }
  const tired = dispensable.find(({ spareMs }) => spareMs >= cooldownMs)
  return tired === undefined ? null : { kind: 'shrink', name: tired.name }
}

/** Whether a pool could do without one of its workers now. */
export function hasSpare({ waitingMs, reserved, size, concurrency }: PoolState): boolean {
  return waitingMs === 0 && reserved <= (size - 1) * concurrency
}

function longest(pools: readonly PoolState[]): PoolState | undefined {
  return pools.toSorted((one, other) => other.waitingMs - one.waitingMs)[0]
}

function shortest(pools: readonly PoolState[]): PoolState | undefined {
  return pools.toSorted((one, other) => one.waitingMs - other.waitingMs)[0]
}
