import type { PullConnector } from '../../contract/connector.ts'
import { batchChecks } from './batch.ts'
import { cacheChecks } from './cache.ts'
import { concurrencyChecks } from './concurrency.ts'
import { delayChecks } from './delay.ts'
import { failedChecks } from './failed.ts'
import { failedListChecks } from './failed-list.ts'
import { fencingChecks } from './fencing.ts'
import { leaseChecks } from './lease.ts'
import { lifecycleChecks } from './lifecycle.ts'
import { oddBodyChecks } from './odd-bodies.ts'
import { oddQueueChecks } from './odd-queues.ts'
import { orderChecks } from './order.ts'
import { releaseChecks } from './release.ts'
import { rosterChecks } from './roster.ts'
import { sizeChecks } from './sizes.ts'
import { type Check, Trial } from './trial.ts'
import { waitChecks } from './wait.ts'

/** Where the suite gets its stores from. */
export interface ConformanceOptions {
  /** A connector that is open and has neither jobs, failed jobs nor cached values: called once for each case. */
  create(): Promise<PullConnector>
  /** Another open connection to the store of `first`; without it both parts of such cases use `first`. */
  second?(first: PullConnector): Promise<PullConnector>
  /** Removes what `create` made, after the suite has closed every connection of the case. */
  destroy?(first: PullConnector): Promise<void>
}

/** One demand of the contract. `run` rejects with an AssertionError that says which part was not met. */
export interface ConformanceCase {
  /** What the demand is about: 'order', 'lease', … */
  readonly theme: string
  /** The demand as a sentence; unique within the suite. */
  readonly name: string
  run(): Promise<void>
}

/** The two functions every JavaScript test runner has: vitest, jest, node:test, mocha. */
export interface Runner {
  describe(title: string, body: () => void): unknown
  it(title: string, body: () => Promise<void>): unknown
}

const themes: Readonly<Record<string, readonly Check[]>> = {
  order: orderChecks,
  delay: delayChecks,
  lease: leaseChecks,
  release: releaseChecks,
  fencing: fencingChecks,
  batch: batchChecks,
  concurrency: concurrencyChecks,
  failed: [...failedChecks, ...failedListChecks],
  cache: cacheChecks,
  roster: rosterChecks,
  sizes: sizeChecks,
  wait: waitChecks,
  'odd bodies': oddBodyChecks,
  'odd queues': oddQueueChecks,
  lifecycle: lifecycleChecks,
}

/**
 * Everything a connector promises, as cases to run one after the other. The suite tells the store the time with every call, so
 * it neither sleeps nor depends on the hour.
 */
export function conformance(options: ConformanceOptions): readonly ConformanceCase[] {
  return Object.entries(themes).flatMap(([theme, checks]) =>
    checks.map((check) => ({ theme, name: check.name, run: () => runCheck(check, options) })),
  )
}

/** Registers the cases with a test runner: `describeConformance({ describe, it }, 'my connector', { create })`. */
export function describeConformance(runner: Runner, title: string, options: ConformanceOptions): void {
  const cases = conformance(options)
  runner.describe(title, () => {
    for (const theme of Object.keys(themes)) {
      runner.describe(theme, () => {
        for (const each of cases) if (each.theme === theme) runner.it(each.name, () => each.run())
      })
    }
  })
}

async function runCheck(check: Check, options: ConformanceOptions): Promise<void> {
  const trial = new Trial(await options.create(), options.second)
  try {
    await check.run(trial)
  } finally {
    await trial.end()
    await options.destroy?.(trial.store)
  }
}
