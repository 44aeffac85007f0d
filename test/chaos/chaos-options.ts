import { parseArgs } from 'node:util'
import { positive, whole } from '../flags.ts'
import { chosenStores, type StoreName } from '../store-names.ts'
import type { Challenge } from './contender.ts'
import { results } from './published.ts'
import { rivals } from './rivals/rival.ts'

/** Who fights on what. */
interface Side {
  readonly store: StoreName
  /** Undefined: this package. */
  readonly challenge?: Challenge
}

export interface ChaosOptions {
  /** Of the first round; each later one has the next. */
  readonly seed: number
  readonly rounds: number
  readonly roundSeconds: number
  /** Between two faults of one store, on average. */
  readonly pauseMs: number
  /** All at once, each with a store of its own. */
  readonly sides: readonly Side[]
  /** Where the rounds are kept, and those that are there are not repeated; undefined: they are not kept. */
  readonly folder: string | undefined
  /** Where ledgers and faults are kept; undefined: they are not. */
  readonly evidence: string | undefined
  /** Whether the page of the documentation is written. */
  readonly isPublished: boolean
}

/** The figures of FAULTS.md within 90 minutes: rounds long enough for a fault's effect, short enough to begin one again. */
const full = { rounds: 11, roundSeconds: 300, pauseMs: 1_500, isPublished: true }
const beside = { ...full, rounds: 2 }

/** What the command line asks for. Throws an error that says what was meant. */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean', default: false }] as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: text, minutes: text, out: text, evidence: text, full: flag, beside: flag },
      store: { type: 'string', multiple: true },
    },
  })
  const { seed = '1', minutes = '3', store = [], out, evidence } = values
  if ([values.full, values.beside, values.minutes !== undefined].filter(Boolean).length > 1)
    throw new Error('one of --full, --beside and --minutes')
  const some = { seed: whole('seed', seed), evidence }
  if (values.beside) {
    if (store.length > 0) throw new Error('--beside is on Redis alone, which is what the others have')
    return { ...some, ...beside, sides: besideOthers, folder: out ?? results.beside }
  }
  const sides = chosenStores(store).map((each) => ({ store: each }))
  if (values.full) return { ...some, ...full, sides, folder: out ?? results.full }
  return {
    ...{ ...some, sides, rounds: 1, roundSeconds: positive('minutes', minutes) * 60, pauseMs: 1_000 },
    ...{ folder: out, isPublished: false },
  }
}

const besideOthers: readonly Side[] = [
  { store: 'redis' },
  ...rivals.map((challenge) => ({ store: 'redis' as const, challenge })),
]
