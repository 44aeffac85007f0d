/** What jobs depend on besides the store of the queue: a database, an API. */
export interface Infrastructure {
  /** Whether an error that a job threw says that it is away. The job is released then, and no try is spent. */
  isLost(error: unknown): boolean
  /** Resolves once it answers again. Without it the worker rests a while and lets the next job try. */
  ping?(error: unknown): unknown
}
