/**
 * Lets what ends in this tick be settled together. A remote store is asked over a network, so that other work gets its turn between
 * two answers anyway, and one job alone has nothing to be settled with; any other store may answer at once for ever, and so the event
 * loop turns.
 */
export function endOfTick(isRemote: boolean, concurrency: number): Promise<void> | undefined {
  if (isRemote && concurrency === 1) return undefined
  return new Promise((resolve) => (isRemote ? process.nextTick(resolve) : setImmediate(resolve)))
}
