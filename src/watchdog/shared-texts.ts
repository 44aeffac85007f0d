/** A text in shared memory, and how many jobs need it. */
export interface SharedText {
  /** Its first byte; it moves when room is made. */
  at: number
  readonly bytes: number
  jobs: number
}

/** Texts in shared memory, each kept until the last of its jobs has gone. A new one takes the first gap, so that memory stays warm. */
export class SharedTexts {
  readonly #memory: Buffer
  /** In the order of their places. */
  readonly #texts: SharedText[] = []

  constructor(memory: SharedArrayBuffer) {
    this.#memory = Buffer.from(memory)
  }

  /** Null: there is no room. */
  write(text: string, jobs: number): SharedText | null {
    // The most that UTF-8 makes of a code unit.
    const room = text.length * 3
    const texts = this.#texts
    let at = 0
    for (let index = 0; index <= texts.length; index++) {
      const next = texts[index]
      if (at + room <= (next?.at ?? this.#memory.length)) {
        const written = { at, bytes: this.#memory.write(text, at), jobs }
        if (next === undefined) texts.push(written)
        else texts.splice(index, 0, written)
        return written
      }
      if (next !== undefined) at = next.at + next.bytes
    }
    return null
  }

  /** One of its jobs has gone. */
  leave(text: SharedText): void {
    if (--text.jobs > 0) return
    if (this.#texts.at(-1) === text) this.#texts.pop()
    else this.#texts.splice(this.#texts.indexOf(text), 1)
  }

  /** Makes the gaps between them one. */
  moveTogether(): void {
    let end = 0
    for (const text of this.#texts) {
      this.#memory.copyWithin(end, text.at, text.at + text.bytes)
      text.at = end
      end += text.bytes
    }
  }
}
