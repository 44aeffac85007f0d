import { ConfigError } from '../contract/errors.ts'

const endings = [':delayed', ':reserved', ':failed', ':notify', ':tokens']
const maxBytes = 255

/** Many jobs of one queue are pushed in a row. */
let lastFit: string | undefined

/**
 * The name as it is, or `ConfigError` when it would collide with a key, split a list of queues or not fit a column.
 * What null, '' and '0' mean (the default queue) is settled by the caller before.
 */
export function checkQueueName(name: string): string {
  if (name === lastFit) return name
  const problem = whyNot(name)
  if (problem !== null) {
    const shown = typeof name === 'string' ? ` ${JSON.stringify(name.slice(0, 80))}` : ''
    throw new ConfigError(`queue name${shown}: ${problem}`)
  }
  lastFit = name
  return name
}

function whyNot(name: unknown): string | null {
  if (typeof name !== 'string') return 'must be a string'
  if (name === '') return 'is empty'
  if (name.includes(',')) return 'a comma separates queues, so a name cannot contain one'
  if (/\p{Cc}/u.test(name)) return 'contains a control character'
  if (/\p{Surrogate}/u.test(name)) return 'contains half of a surrogate pair'
  const bytes = Buffer.byteLength(name)
  if (bytes > maxBytes) return `is ${bytes} bytes long, at most ${maxBytes} fit`
  const ending = endings.find((each) => name.endsWith(each))
  return ending === undefined ? null : `cannot end in "${ending}", which names another key of the queue`
}
