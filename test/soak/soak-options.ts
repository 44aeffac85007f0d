import { parseArgs } from 'node:util'
import { positive, whole } from '../flags.ts'
import { chosenStores, type StoreName } from '../store-names.ts'

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
  return {
    minutes: hours === undefined ? positive('minutes', minutes ?? '5') : 60 * positive('hours', hours),
    seed: whole('seed', seed ?? '1'),
    stores: chosenStores(store),
    write,
    out,
  }
}
