/** Who in this process waits for jobs in which database. */
const waiting = new Map<string, Set<() => void>>()

/** Calls `ring` whenever somebody of this process puts jobs into that database, until the answer is called. */
export function onArrival(location: string, ring: () => void): () => void {
  const rings = waiting.get(location) ?? new Set()
  waiting.set(location, rings.add(ring))
  return () => {
    rings.delete(ring)
    if (rings.size === 0 && waiting.get(location) === rings) waiting.delete(location)
  }
}

/** Wakes everybody of this process who waits for jobs in that database. */
export function wake(location: string): void {
  for (const ring of waiting.get(location) ?? []) ring()
}
