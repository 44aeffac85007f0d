import { parseArgs } from 'node:util'
import { positive, whole } from '../flags.ts'
import { chosenStores, type StoreName } from '../store-names.ts'

export interface ChaosOptions {
  /** Of the first round; each later one has the next. */
  readonly seed: number
  readonly rounds: number
  readonly roundSeconds: number
  /** Between two faults of one store, on average. */
  readonly pauseMs: number
  readonly stores: readonly StoreName[]
  /** Where the rounds are kept, and those that are there are not repeated; undefined: they are not kept. */
  readonly folder: string | undefined
  /** Where ledgers and faults are kept; undefined: they are not. */
  readonly evidence: string | undefined
  /** The report; undefined: it is printed only. */
  readonly report: string | undefined
}

/** The figures of FAULTS.md within 90 minutes: rounds long enough for a fault's effect, short enough to begin one again. */
const full = { rounds: 15, roundSeconds: 300, pauseMs: 2_000 }
const results = 'bench/results/chaos'
const reliability = 'docs/reliability.md'

/** What the command line asks for. Throws an error that says what was meant. */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: text, minutes: text, out: text, evidence: text },
      ...{ store: { type: 'string', multiple: true }, full: { type: 'boolean', default: false } },
    },
  })
  const { seed = '1', minutes = '3', store = [], full: isFull, out, evidence } = values
  if (isFull && values.minutes !== undefined) throw new Error('--full or --minutes, not both')
  const some = { seed: whole('seed', seed), stores: chosenStores(store), evidence }
  if (isFull) return { ...some, ...full, folder: out ?? results, report: reliability }
  return {
    ...some,
    rounds: 1,
    roundSeconds: positive('minutes', minutes) * 60,
    pauseMs: 1_000,
    folder: out,
    report: undefined,
  }
}
