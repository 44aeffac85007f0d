import { appendFileSync, closeSync, openSync, readSync, watch } from 'node:fs'

/** Which jobs, numbered from 1, came to their end, by the file in which they say so. */
export class Account {
  readonly file: string
  /** The number of the last one that the store has. */
  pushed = 0
  /** How many came to their end, and how often one did so again. */
  ended = 0
  repeated = 0
  /** The processes that ran them. */
  readonly pids = new Set<string>()
  #times = new Uint8Array(1_024)
  #read = 0
  #rest = ''

  constructor(file: string) {
    this.file = file
    appendFileSync(file, '')
  }

  get open(): number {
    return this.pushed - this.ended
  }

  /** Reads what was written since. */
  look(): void {
    const chunk = Buffer.alloc(1 << 20)
    const file = openSync(this.file, 'r')
    try {
      for (;;) {
        const bytes = readSync(file, chunk, 0, chunk.length, this.#read)
        if (bytes === 0) return
        this.#read += bytes
        const lines = `${this.#rest}${chunk.toString('latin1', 0, bytes)}`.split('\n')
        this.#rest = lines.pop()!
        for (const line of lines) this.#count(line)
      }
    } finally {
      closeSync(file)
    }
  }

  /** That job came to its end, which it did not say itself. */
  count(n: number): void {
    if (this.#timesOf(n) === 0) this.#mark(n)
  }

  /** The numbers of those that came to no end, at most so many. */
  missing(most: number): readonly number[] {
    const numbers: number[] = []
    for (let n = 1; n <= this.pushed && numbers.length < most; n++)
      if (this.#timesOf(n) === 0) numbers.push(n)
    return numbers
  }

  /** Resolves when all that were pushed came to their end; rejects when that takes longer. */
  async settled(withinMs: number): Promise<void> {
    let look = () => {}
    const deadline = performance.now() + withinMs
    const watcher = watch(this.file, () => look())
    try {
      for (this.look(); this.open > 0; this.look()) {
        const left = deadline - performance.now()
        if (left <= 0) throw new Error(`jobs that did not end in time: ${this.missing(10).join(', ')}`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 1_000))
          look = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    } finally {
      watcher.close()
    }
  }

  #count(line: string): void {
    const [, n, pid] = line.split(' ')
    this.pids.add(pid!)
    this.#mark(Number(n))
  }

  #mark(n: number): void {
    if (n >= this.#times.length) {
      const more = new Uint8Array(n * 2)
      more.set(this.#times)
      this.#times = more
    }
    if (this.#times[n] === 0) this.ended++
    else this.repeated++
    this.#times[n] = 1
  }

  #timesOf(n: number): number {
    return this.#times[n] ?? 0
  }
}
