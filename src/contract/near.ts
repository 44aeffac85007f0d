/**
 * The candidates a mistyped word may have meant, nearest first, at most three and none much farther than the nearest. Capitals
 * do not count; a swap of two neighbours, a missing, an extra or a wrong letter is a mistake, and a third of the letters may be.
 */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const wanted = word.slice(0, longest).toLowerCase()
  const near: { candidate: string; cost: number }[] = []
  for (const candidate of new Set(candidates)) {
    const other = candidate.toLowerCase()
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3))
    if (other.length > longest || Math.abs(other.length - wanted.length) > allowed) continue
    const cost = distance(wanted, other)
    if (cost <= allowed) near.push({ candidate, cost })
  }
  near.sort((a, b) => a.cost - b.cost || (a.candidate < b.candidate ? -1 : 1))
  const farthest = (near[0]?.cost ?? 0) + 1
  return near
    .filter(({ cost }) => cost <= farthest)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** The question a message ends with: ` (did you mean "queue"?)`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates)
  return near.length === 0 ? '' : ` (did you mean ${near.map((each) => `"${each}"`).join(' or ')}?)`
}

/** Words beyond this are not compared: names come from payloads, and the comparison is quadratic. */
const longest = 200

/** Damerau's distance in its restricted form: edits and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
