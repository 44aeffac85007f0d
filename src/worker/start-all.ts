import type { Reservation } from '../contract/connector.ts'
import type { Ms } from '../contract/time.ts'
import { type JobWatch, unwatched } from '../contract/watch.ts'

interface Starting {
  readonly start: (reservation: Reservation, reservedAt: Ms, watched: number) => void
  readonly watch: JobWatch
  readonly took?: Took | undefined
}

/** Told how many jobs of a queue came, or may have come where the store's answer did not. */
export type Took = (queue: string, jobs: number) => void

/** All of a batch is watched before the first of it, which may block, begins. */
export function startAll(batch: readonly Reservation[], at: Ms, { start, watch, took }: Starting): void {
  const watched = watch.hold(batch, at)
  if (took !== undefined) for (const { queue } of batch) took(queue, 1)
  for (let place = 0; place < batch.length; place++) start(batch[place]!, at, watched[place] ?? unwatched)
}
