import type { Project, Running } from '../cli/project.ts'

/** Keeps so many workers going, and knows which of them it killed. */
export class Crew {
  readonly killed = new Set<number>()
  readonly #project: Project
  readonly #concurrency: number
  readonly #alive: Running[] = []

  constructor(
    project: Project,
    { workers, concurrency }: { readonly workers: number; readonly concurrency: number },
  ) {
    this.#project = project
    this.#concurrency = concurrency
    for (let each = 0; each < workers; each++) this.#hire()
  }

  /** The next one comes in its place at once. */
  kill(which: number): void {
    const [victim] = this.#alive.splice(which, 1)
    this.killed.add(victim!.process.pid!)
    victim!.signal('SIGKILL')
    this.#hire()
  }

  async dismiss(): Promise<(number | null)[]> {
    for (const worker of this.#alive) await worker.says('"started"')
    for (const worker of this.#alive) worker.signal('SIGTERM')
    return Promise.all(this.#alive.map(async (worker) => (await worker.ended).code))
  }

  #hire(): void {
    this.#alive.push(
      this.#project.start('work', '--daemon', `--concurrency=${this.#concurrency}`, '--memory=0'),
    )
  }
}
