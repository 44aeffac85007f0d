/** Whole numbers from 0 up to, not including, what is asked for. */
export type Random = (below: number) => number

/** The same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** One of a list that has some. */
export function oneOf<T>(list: readonly T[], random: Random): T {
  return list[random(list.length)] as T
}
