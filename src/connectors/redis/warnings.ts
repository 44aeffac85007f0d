import type { ServerFacts } from './handshake.ts'

/** What one link tells the operator: each text once, and what still holds to late listeners too. */
export class Warnings {
  readonly #place: string
  readonly #listeners = new Set<(text: string) => void>()
  #standing: readonly string[] = []

  constructor(place: string) {
    this.#place = place
  }

  on(listener: (text: string) => void): () => void {
    this.#listeners.add(listener)
    for (const text of this.#standing) listener(text)
    return () => this.#listeners.delete(listener)
  }

  /** Compares what a server says of itself with what the one before said. */
  greeted({ runId, isEmpty, warnings }: ServerFacts, before: ServerFacts | undefined): void {
    for (const text of warnings) if (!this.#standing.includes(text)) this.#tell(text)
    this.#standing = warnings
    if (before === undefined || runId === null || before.runId === null || runId === before.runId) return
    const lost = isEmpty === true ? ', and its database is empty: the queues that were in it are gone' : ''
    this.#tell(`Redis at ${this.#place} is another one than before (restarted or failed over)${lost}`)
  }

  #tell(text: string): void {
    for (const listener of this.#listeners) listener(text)
  }
}
