import type { Clock, Ms } from '../../contract/time.ts'

/** How long the same trouble is not repeated. */
const sayAgainMs: Ms = 10_000

/** What is worth saying of a store that is away: each class of error once in ten seconds. */
export class StoreNews {
  readonly #clock: Clock
  readonly #said = new Map<string, Ms>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The text to say; null: it was said lately. */
  down(error: unknown): string | null {
    const kind = kindOf(error)
    const now = this.#clock.monotonic()
    if (now - (this.#said.get(kind) ?? -Infinity) < sayAgainMs) return null
    this.#said.set(kind, now)
    return error instanceof Error ? error.message : String(error)
  }

  up(): void {
    this.#said.clear()
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as NodeJS.ErrnoException
  return code ?? error.name
}
