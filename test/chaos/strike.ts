import { setTimeout as sleep } from 'node:timers/promises'

/** What is said of the kill of a worker that has a parent. */
export const childKilled = 'child of a parent killed'

/** Something that was done, and whom it hit. Times are ms of the clock that all processes share. */
export interface Strike {
  readonly what: string
  /** A process by its number, all processes of a worker by its name, or everybody: `*`. */
  readonly hits: string
  readonly from: number
  /** From then on nothing comes of it any more that it has not brought about before. */
  readonly until: number
  /** When what was taken away was there again; undefined: there is nothing to be waited for. */
  readonly backAt?: number
}

/** What is answered when a connection is lost may have been sent a moment before. */
export const momentMs = 1_000

export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}

/** Something that is there again at the end. */
export async function spell(what: string, hits: string, act: () => Promise<unknown>): Promise<Strike> {
  const from = nowMs()
  await act()
  const backAt = nowMs()
  return { what, hits, from, until: backAt, backAt }
}

/** On for so long, whatever happens meanwhile. */
export async function forAWhile(ms: number, on: () => unknown, off: () => unknown): Promise<void> {
  await on()
  try {
    await sleep(ms)
  } finally {
    await off()
  }
}
