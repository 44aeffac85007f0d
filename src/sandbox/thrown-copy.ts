import * as ours from '../contract/errors.ts'

/** Something thrown, as it can be sent to another thread or process. */
export type ThrownCopy = ErrorCopy | { readonly kind: 'value'; readonly value: unknown }

interface ErrorCopy {
  readonly kind: 'error'
  /** Its class, where both sides know it. */
  readonly className: string
  readonly message: string
  readonly stack: string | undefined
  /** Its own fields that hold plain values: `name`, `code`, `errno`, `sqlState`, … */
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: ThrownCopy | undefined
}

type ErrorClass = { readonly prototype: Error; readonly name: string }

const classes: ReadonlyMap<string, ErrorClass> = new Map(
  [
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError],
    ...Object.values(ours).filter((each) => each.prototype instanceof Error),
  ].map((each) => [each.name, each]),
)

const longestText = 64 * 1024
const mostFields = 32
const deepestCause = 8

/** Never throws: what cannot be read or sent is described in words. */
export function copyThrown(thrown: unknown, depth = 0): ThrownCopy {
  try {
    if (thrown instanceof Error) return copyError(thrown, depth)
    return { kind: 'value', value: isPlain(thrown) ? bounded(thrown) : structuredClone(thrown) }
  } catch {
    return { kind: 'value', value: describe(thrown) }
  }
}

/** An error of the same class where there is one of that name here. */
export function thrownOf(copy: ThrownCopy): unknown {
  if (copy.kind === 'value') return copy.value
  const { className, message, stack, fields, cause } = copy
  const error = new Error(message, cause && { cause: thrownOf(cause) })
  Object.setPrototypeOf(error, (classes.get(className) ?? Error).prototype)
  for (const [name, value] of Object.entries(fields))
    Object.defineProperty(error, name, {
      value,
      configurable: true,
      writable: true,
      enumerable: name !== 'name',
    })
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

function copyError(error: Error, depth: number): ErrorCopy {
  const { name, message, stack, cause } = error
  const names = Object.keys(error)
    .filter((each) => each !== 'stack' && each !== 'message')
    .slice(0, mostFields)
  const fields: Record<string, unknown> = {}
  if (typeof name === 'string') fields.name = bounded(name)
  for (const each of names) {
    const value = (error as unknown as Record<string, unknown>)[each]
    if (isPlain(value)) fields[each] = bounded(value)
  }
  return {
    kind: 'error',
    className: classOf(error),
    message: String(bounded(message)),
    stack: typeof stack === 'string' ? String(bounded(stack)) : undefined,
    fields,
    cause: cause === undefined || depth >= deepestCause ? undefined : copyThrown(cause, depth + 1),
  }
}

/** The nearest class of its line that the other side knows. */
function classOf(error: Error): string {
  for (let at: object | null = error; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const { name } = at.constructor
    if (classes.has(name)) return name
  }
  return Error.name
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint', 'undefined'].includes(typeof value)
}

function bounded(value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, longestText) : value
}

function describe(value: unknown): string {
  try {
    return `something that cannot be copied: ${Object.prototype.toString.call(value)}`
  } catch {
    return 'something that cannot be described'
  }
}
