import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Outcome } from '../../contract/events.ts'

type Line =
  | { readonly kind: 'value'; readonly name: string; readonly value: string }
  | { readonly kind: 'forgotten'; readonly name: string }
  | { readonly kind: 'settled'; readonly attempt: number; readonly outcome: Outcome }
  | { readonly kind: 'killed'; readonly attempt: number }

/**
 * What a store would know of one job, as a file of lines to which one process at a time adds: what is in it outlives a process that is
 * killed, though not the machine.
 */
export class Logbook {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  async get(name: string): Promise<string | null> {
    const last = this.#lines().findLast(
      (line) => (line.kind === 'value' || line.kind === 'forgotten') && line.name === name,
    )
    return last?.kind === 'value' ? last.value : null
  }

  async set(name: string, value: string): Promise<void> {
    this.#add({ kind: 'value', name, value })
  }

  async add(name: string, value: string): Promise<boolean> {
    if ((await this.get(name)) !== null) return false
    this.#add({ kind: 'value', name, value })
    return true
  }

  async forget(name: string): Promise<boolean> {
    const wasThere = (await this.get(name)) !== null
    this.#add({ kind: 'forgotten', name })
    return wasThere
  }

  settle(attempt: number, outcome: Outcome): void {
    this.#add({ kind: 'settled', attempt, outcome })
  }

  /** What that delivery was settled as. */
  outcomeOf(attempt: number): Outcome {
    const line = this.#lines().find((each) => each.kind === 'settled' && each.attempt === attempt)
    return line?.kind === 'settled' ? line.outcome : 'unsettled'
  }

  noteKill(attempt: number): void {
    this.#add({ kind: 'killed', attempt })
  }

  /** Whether that delivery was killed where it was meant to be. */
  wasKilled(attempt: number): boolean {
    return this.#lines().some((line) => line.kind === 'killed' && line.attempt === attempt)
  }

  #add(line: Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  #lines(): readonly Line[] {
    if (!existsSync(this.#file)) return []
    const texts = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1)
    return texts.map((text) => JSON.parse(text) as Line)
  }
}
