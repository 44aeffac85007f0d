import type { Infrastructure } from '../contract/infrastructure.ts'
import type { Isolation, JobEntry, JobRegistry } from '../contract/job.ts'
import type { Clock } from '../contract/time.ts'
import { SandboxPool, SandboxUnavailable } from './pool.ts'
import type { StartHost } from './sandbox.ts'
import { SandboxedJob } from './sandboxed-job.ts'

interface SandboxesParts {
  readonly clock: Clock
  /** For jobs that do not say themselves. */
  readonly isolate: Isolation | undefined
  /** How a sandbox begins; `memory`: MB. */
  readonly host: (isolation: Isolation, memory: number | undefined) => StartHost
  /** Jobs at once. */
  readonly most: number
  /** Told of what went wrong beside all jobs. */
  readonly troubled: (what: string) => void
}

/** Where the isolated jobs of a worker run: pools by kind and memory. */
export class Sandboxes {
  readonly #parts: SandboxesParts
  readonly #pools = new Map<string, SandboxPool>()
  readonly #isolated = new WeakMap<JobEntry, JobEntry>()

  constructor(parts: SandboxesParts) {
    this.#parts = parts
  }

  /** The registry with its isolated jobs moved into sandboxes; itself where there are none. */
  around(registry: JobRegistry): JobRegistry {
    for (const entry of registry.entries) this.#poolOf(entry)
    if (this.#pools.size === 0) return registry
    return { entries: registry.entries, resolve: (name) => this.#entryOf(registry.resolve(name)) }
  }

  /** A sandbox that cannot be started brakes the worker until one can: no job pays for it with a try. */
  readonly infrastructure: Infrastructure = {
    isLost: (error) => error instanceof SandboxUnavailable,
    ping: async () => {
      for (const pool of this.#pools.values()) pool.giveBack(await pool.take(), false)
    },
  }

  /** Starts one of each kind ahead, for a worker that will run more than the next job. */
  warm(): void {
    for (const pool of this.#pools.values()) pool.warm()
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  #entryOf(entry: JobEntry): JobEntry {
    const known = this.#isolated.get(entry)
    if (known !== undefined) return known
    const pool = this.#poolOf(entry)
    const { clock } = this.#parts
    const isolated =
      pool === undefined ? entry : { ...entry, open: () => new SandboxedJob(pool, clock, entry.name) }
    this.#isolated.set(entry, isolated)
    return isolated
  }

  #poolOf({ isolate = this.#parts.isolate, memory }: JobEntry): SandboxPool | undefined {
    if (isolate === undefined || isolate === false) return undefined
    const key = `${isolate} ${memory}`
    const known = this.#pools.get(key)
    if (known !== undefined) return known
    const { host, most, troubled } = this.#parts
    const pool = new SandboxPool({ start: host(isolate, memory), most, troubled })
    this.#pools.set(key, pool)
    return pool
  }
}
