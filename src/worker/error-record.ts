const maxBytes = 64 * 1024
const shortened = '\n… (shortened)'

/** Whatever a job threw, as an Error whose parts can be read without throwing. */
export function toError(thrown: unknown): Error {
  if (isSafeError(thrown)) return thrown
  const error = new Error(`the job threw ${describe(thrown)}`)
  error.name = 'NonError'
  return error
}

/** The text kept with a failed job: stack and causes, at most 64 KB. */
export function errorRecord(error: Error): string {
  const seen = new Set<unknown>()
  let text = ''
  for (let each: unknown = error; each !== undefined && !seen.has(each) && text.length < maxBytes; ) {
    seen.add(each)
    text += `${text === '' ? '' : '\ncaused by: '}${read(() => stackOf(each), describe(each))}`
    const current = each
    each = read(() => (current instanceof Error ? current.cause : undefined), undefined)
  }
  return bounded(text)
}

/** Cut between two characters, never inside one. */
function bounded(text: string): string {
  const bytes = Buffer.from(text.slice(0, maxBytes + 1))
  if (bytes.length <= maxBytes) return text
  const kept = bytes.subarray(0, maxBytes - Buffer.byteLength(shortened))
  return new TextDecoder().decode(kept, { stream: true }) + shortened
}

function stackOf(value: unknown): string {
  if (!(value instanceof Error)) return describe(value)
  const heading = `${value.name}: ${value.message}`
  const stack = value.stack ?? heading
  return stack.startsWith(heading) || stack.includes(value.message) ? stack : `${heading}\n${stack}`
}

function isSafeError(thrown: unknown): thrown is Error {
  return read(
    () =>
      thrown instanceof Error &&
      typeof thrown.name === 'string' &&
      typeof thrown.message === 'string' &&
      (thrown.stack === undefined || typeof thrown.stack === 'string'),
    false,
  )
}

function describe(value: unknown): string {
  return read(() => {
    if (typeof value === 'string') return JSON.stringify(value.slice(0, 1_000))
    if (typeof value === 'function') return 'a function'
    if (typeof value !== 'object' || value === null) return String(value)
    return (
      read(() => JSON.stringify(value)?.slice(0, 1_000), undefined) ?? Object.prototype.toString.call(value)
    )
  }, 'something that cannot be described')
}

/** A getter or proxy of the thrown value may itself throw. */
function read<Value>(get: () => Value, otherwise: Value): Value {
  try {
    return get()
  } catch {
    return otherwise
  }
}
