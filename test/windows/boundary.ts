/** One request to a store, as its driver is handed it. */
export interface Step {
  readonly store: 'redis' | 'mysql' | 'sqlite'
  /** The command, with the digest of a script; or the SQL. */
  readonly text: string
}

/** Both are called synchronously. What `before` throws is the answer to a statement of SQLite, which is then not run. */
export interface StepListener {
  before?(step: Step): void
  after?(step: Step): void
}

const listeners = new Set<StepListener>()

/** Tells of the steps at all drivers that were hooked. Ends when the answer is called. */
export function onStep(listener: StepListener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A step is about to leave; the answer is called when it was answered. */
export function begin(step: Step): () => void {
  for (const listener of listeners) listener.before?.(step)
  return () => {
    for (const listener of listeners) listener.after?.(step)
  }
}

/** Calls `act` before or after the step of that number, from 1, counting from now. */
export function atStep(number: number, when: 'before' | 'after', act: (step: Step) => void): () => void {
  let begun = 0
  let wanted: Step | undefined
  return onStep({
    before(step) {
      if (++begun !== number) return
      wanted = step
      if (when === 'before') act(step)
    },
    after(step) {
      if (step === wanted && when === 'after') act(step)
    },
  })
}
