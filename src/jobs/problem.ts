import { QueueError } from '../contract/errors.ts'

/** Why a job cannot run, though the others can. */
export interface JobProblem {
  /**
   * `folder`: there is no jobs folder. `broken`: the module cannot be loaded. `export`: it holds no job. `setting`: a static
   * member or option has a value that cannot be. `name`: nobody could push it. `duplicate`: several claim one name.
   */
  readonly kind: 'folder' | 'broken' | 'export' | 'setting' | 'name' | 'duplicate'
  /** Every file concerned, absolute, sorted. */
  readonly files: readonly string[]
  /** One sentence that names the files. */
  readonly message: string
  /** What the module threw. */
  readonly cause?: unknown
}

/** A value as a message shows it: short, on one line, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value === 'symbol' || typeof value === 'bigint') return String(value)
  let text: string | undefined
  try {
    text = JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
  } catch {
    text = undefined
  }
  if (typeof value === 'number' || text === undefined) text = safeString(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** The message of anything thrown, on one line; our own errors speak for themselves. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${shown(error)}`
  const text = error instanceof QueueError ? error.message : `${error.name}: ${error.message}`
  return text.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, 1000)
}

function safeString(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'an object'
  }
}
