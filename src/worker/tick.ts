/**
 * Lets what ends in this tick be settled together. A remote store is asked over a network, so that other work gets its turn between
 * two answers anyway; any other may answer at once for ever, and so the event loop turns.
 */
export function endOfTick(isRemote: boolean): Promise<void> {
  return new Promise((resolve) => (isRemote ? process.nextTick(resolve) : setImmediate(resolve)))
}
