/** What the caller's own function came to, its error kept apart so that it is never taken for one of the driver's. */
export type Outcome<T> = { readonly result: T } | { readonly error: unknown }

export async function outcomeOf<T>(fn: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await fn() }
  } catch (error) {
    return { error }
  }
}
