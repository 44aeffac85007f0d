import type { Cache, FailedJobs, PullConnector } from '../contract/connector.ts'
import type { EffectLedger } from '../contract/effects.ts'
import { StoreError } from '../contract/errors.ts'

const storeMethods = [
  'open',
  'close',
  'push',
  'pushIn',
  'reserve',
  'settle',
  'exchange',
  'touch',
  'size',
  'clear',
  'wait',
  'applyPauses',
  'effectsIn',
  'deleteIn',
] as const
const failedMethods = ['all', 'retry', 'forget', 'flush'] as const
const effectMethods = ['note', 'done', 'forget'] as const
const cacheMethods = ['get', 'set', 'add', 'increment', 'forget', 'revision'] as const

/** A call that can fail; `*` is every call but `close`. */
export type FaultyMethod =
  | (typeof storeMethods)[number]
  | `failed.${(typeof failedMethods)[number]}`
  | `effects.${(typeof effectMethods)[number]}`
  | `cache.${(typeof cacheMethods)[number]}`
  | '*'

/** One way to fail. */
export interface Fault {
  readonly method: FaultyMethod
  /** What the call rejects with. */
  readonly error: unknown
  /** How often; default: until `restore`. */
  readonly times?: number
  /** `before`: nothing happens. `after`: it happens, and only the answer is lost. */
  readonly when?: 'before' | 'after'
}

/** A connector that fails when it is told to. */
export interface FaultyConnector extends PullConnector {
  /** The next calls reject and do nothing. */
  fail(method: FaultyMethod, error: unknown, times?: number): this
  /** The next calls are carried out, then reject: the reply was lost. */
  failAfter(method: FaultyMethod, error: unknown, times?: number): this
  /** Ends the faults of one method, or all. */
  restore(method?: FaultyMethod): this
  /** How often a method was called, failures included; `*` counts all calls. */
  calls(method: FaultyMethod): number
}

/**
 * Wraps a connector so that its calls fail on demand: to see how a worker or an application takes the loss of its store. Errors
 * of class `StoreError` count as transient if they say so; others as the wrapped connector has it.
 */
export function faulty(connector: PullConnector, plan: readonly Fault[] = []): FaultyConnector {
  const faults = new Faults(plan)
  const { cycles, fetchesAheadFrom, effects } = connector
  const wrapper: FaultyConnector = {
    ...wrapped(connector, storeMethods, '', faults),
    ...(cycles === undefined ? {} : { cycles }),
    ...(fetchesAheadFrom === undefined ? {} : { fetchesAheadFrom }),
    ...(effects && { effects: wrapped<EffectLedger>(effects, effectMethods, 'effects.', faults) }),
    ...(connector.hear && { hear: (news) => connector.hear!(news) }),
    name: connector.name,
    wire: connector.wire,
    resolutionMs: connector.resolutionMs,
    failed: wrapped<FailedJobs>(connector.failed, failedMethods, 'failed.', faults),
    cache: wrapped<Cache>(connector.cache, cacheMethods, 'cache.', faults),
    isTransient: (error) => (error instanceof StoreError ? error.transient : connector.isTransient(error)),
    fail(method, error, times = Infinity) {
      faults.add({ method, error, times, when: 'before' })
      return wrapper
    },
    failAfter(method, error, times = Infinity) {
      faults.add({ method, error, times, when: 'after' })
      return wrapper
    },
    restore(method) {
      faults.end(method)
      return wrapper
    },
    calls: (method) => faults.calls(method),
  }
  return wrapper
}

/** The faults in force, and how often each method was called. */
class Faults {
  #active: { readonly fault: Fault; left: number }[] = []
  readonly #calls = new Map<FaultyMethod, number>()

  constructor(plan: readonly Fault[]) {
    for (const fault of plan) this.add(fault)
  }

  add(fault: Fault): void {
    this.#active.push({ fault, left: fault.times ?? Infinity })
  }

  end(method?: FaultyMethod): void {
    this.#active = this.#active.filter(({ fault }) => method !== undefined && fault.method !== method)
  }

  calls(method: FaultyMethod): number {
    return this.#calls.get(method) ?? 0
  }

  /** The fault that this call meets, if any; uses it up by one. */
  meet(method: FaultyMethod): Fault | undefined {
    for (const each of [method, '*'] as const) this.#calls.set(each, this.calls(each) + 1)
    const met = this.#active.find(({ fault, left }) => {
      return left > 0 && (fault.method === method || (fault.method === '*' && method !== 'close'))
    })
    if (met !== undefined) met.left--
    return met?.fault
  }
}

/** The methods of `part` that exist, each of which meets its faults first. */
function wrapped<Part extends object>(
  part: Part,
  methods: readonly string[],
  prefix: '' | 'failed.' | 'effects.' | 'cache.',
  faults: Faults,
): Part {
  const wrapper: Record<string, unknown> = {}
  for (const method of methods) {
    const real: unknown = part[method as keyof Part]
    if (typeof real !== 'function') continue
    wrapper[method] = async (...args: unknown[]) => {
      const fault = faults.meet(`${prefix}${method}` as FaultyMethod)
      if (fault === undefined) return real.apply(part, args)
      if (fault.when === 'after') await real.apply(part, args)
      throw fault.error
    }
  }
  return wrapper as Part
}
