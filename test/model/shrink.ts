/**
 * A shorter list of the same that still fails, found by leaving out halves, quarters and so on down to single ones. `fails` is asked at
 * most so many times.
 */
export async function shrunk<T>(
  list: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
  mostTries = 300,
): Promise<readonly T[]> {
  let shortest = list
  let tries = 0
  for (let size = Math.ceil(list.length / 2); size >= 1 && tries < mostTries; ) {
    const before = shortest.length
    for (let at = 0; at < shortest.length && tries < mostTries; tries++) {
      const without = [...shortest.slice(0, at), ...shortest.slice(at + size)]
      if (await fails(without)) shortest = without
      else at += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (shortest.length === before) break
  }
  return shortest
}
