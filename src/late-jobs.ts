import type { PullConnector, Reservation } from './contract/connector.ts'
import type { JobEntry, JobRegistry } from './contract/job.ts'
import type { LoadedJobs } from './jobs/load.ts'

/** A store and a registry between which the jobs folder is loaded. */
export interface LateJobs {
  readonly connector: PullConnector
  readonly registry: JobRegistry
}

/**
 * The same store, which loads the jobs once it has reserved one and before it hands it over: the code that runs is what is on
 * disk then, however long was waited. When loading fails, every job fails with that error.
 */
export function lateJobs(store: PullConnector, load: () => Promise<LoadedJobs>): LateJobs {
  const registry = new LateRegistry(load)
  const afterLoading = async (reserved: readonly Reservation[]) => {
    if (reserved.length > 0) await registry.load()
    return reserved
  }
  const { name, wire, resolutionMs, failed, cache, effects, exchange, wait, cycles, fetchesAheadFrom } = store
  const connector: PullConnector = {
    ...{ name, wire, resolutionMs, failed, cache },
    ...(cycles === undefined ? {} : { cycles }),
    ...(fetchesAheadFrom === undefined ? {} : { fetchesAheadFrom }),
    ...(effects === undefined ? {} : { effects }),
    ...(store.effectsIn && { effectsIn: (tx) => store.effectsIn!(tx) }),
    ...(store.deleteIn && { deleteIn: (...args) => store.deleteIn!(...args) }),
    ...(store.hear && { hear: (news) => store.hear!(news) }),
    ...(store.applyPauses && { applyPauses: (paused) => store.applyPauses!(paused) }),
    open: () => store.open(),
    close: () => store.close(),
    push: (...args) => store.push(...args),
    settle: (...args) => store.settle(...args),
    touch: (...args) => store.touch(...args),
    size: (...args) => store.size(...args),
    clear: (queue) => store.clear(queue),
    isTransient: (error) => store.isTransient(error),
    reserve: async (request) => afterLoading(await store.reserve(request)),
    ...(exchange && {
      exchange: async (...args) => {
        const answer = await exchange.apply(store, args)
        await afterLoading(answer.reserved)
        return answer
      },
    }),
    ...(wait && { wait: async (...args) => afterLoading(await wait.apply(store, args)) }),
  }
  return { connector, registry }
}

class LateRegistry implements JobRegistry {
  readonly #load: () => Promise<LoadedJobs>
  #loaded: JobRegistry | undefined
  #failure: unknown

  constructor(load: () => Promise<LoadedJobs>) {
    this.#load = load
  }

  get entries(): readonly JobEntry[] {
    return this.#loaded?.entries ?? []
  }

  async load(): Promise<void> {
    try {
      this.#loaded ??= (await this.#load()).registry
    } catch (error) {
      this.#failure = error
    }
  }

  resolve(name: string): JobEntry {
    if (this.#loaded === undefined) throw this.#failure
    return this.#loaded.resolve(name)
  }
}
