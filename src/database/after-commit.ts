/** What is to be done once a transaction has committed, in order; an error in it is a process warning and undoes nothing. */
export class AfterCommit {
  readonly #tasks: (() => void | Promise<void>)[] = []

  add(task: () => void | Promise<void>): void {
    this.#tasks.push(task)
  }

  async run(): Promise<void> {
    for (const task of this.#tasks) {
      try {
        await task()
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
  }
}
