/** What a handler returned, if it is to be awaited. */
export function promiseIn(returned: unknown): PromiseLike<unknown> | undefined {
  if (typeof returned !== 'object' || returned === null) return undefined
  return typeof (returned as { then?: unknown }).then === 'function'
    ? (returned as PromiseLike<unknown>)
    : undefined
}
