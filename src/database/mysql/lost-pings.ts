const pings = new WeakMap<object, () => Promise<unknown>>()

/** Notes by which call it can be asked whether the database that an error was about answers again. */
export function notePing(error: unknown, ping: () => Promise<unknown>): void {
  if (typeof error === 'object' && error !== null) pings.set(error, ping)
}

/** That call, for an error or one of its causes that our client raised. */
export function pingOf(error: unknown): (() => Promise<unknown>) | undefined {
  let at: unknown = error
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    const ping = pings.get(at)
    if (ping !== undefined) return ping
    at = (at as { readonly cause?: unknown }).cause
  }
  return undefined
}
