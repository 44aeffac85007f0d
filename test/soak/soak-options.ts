import { parseArgs } from 'node:util'
import { type StoreName, storeNames } from './soak-store.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  readonly stores: readonly StoreName[]
  /** Whether the figures are kept in the repository. */
  readonly write: boolean
  /** Where they go otherwise; undefined: a temporary folder. */
  readonly out: string | undefined
}

/** What the command line asks for. Throws an error that says what was meant. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ minutes: text, hours: text, seed: text, out: text },
      ...{ store: { type: 'string', multiple: true }, write: { type: 'boolean', default: false } },
    },
  })
  const { minutes, hours, seed, store = [], write, out } = values
  if (minutes !== undefined && hours !== undefined) throw new Error('--minutes or --hours, not both')
  const strange = store.filter((name) => !storeNames.includes(name as StoreName))
  if (strange.length > 0) throw new Error(`--store ${strange[0]}: expected ${storeNames.join(', ')}`)
  return {
    minutes: hours === undefined ? positive('minutes', minutes ?? '5') : 60 * positive('hours', hours),
    seed: whole('seed', seed ?? '1'),
    stores: store.length === 0 ? storeNames : (store as StoreName[]),
    write,
    out,
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} ${text}: expected a figure above 0`)
  return value
}

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} ${text}: expected a whole number`)
  return Number(text)
}
