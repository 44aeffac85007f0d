import type { PullConnector, Reservation, Settlement } from '../../../src/contract/connector.ts'
import type { Roster } from '../../../src/contract/roster.ts'

/** One way to get the contract wrong. */
export interface Defect {
  /** What the store does, after "a store that …". */
  readonly what: string
  /** A case of the suite that must notice. */
  readonly caught: string
  /** Called once for each store; what it answers breaks every connection to that store. */
  readonly breaks: () => (intact: PullConnector) => PullConnector
}

/** Anything of a connector may be replaced; `failed`, `cache` and `roster` in parts. */
type Changes = Omit<Partial<PullConnector>, 'failed' | 'cache' | 'roster'> & {
  readonly roster?: Partial<Roster>
  readonly failed?: Partial<PullConnector['failed']>
  readonly cache?: Partial<PullConnector['cache']>
}

/** The connector with some of its parts replaced. Its exchange follows its settle and reserve, unless that is replaced too. */
export function altered(intact: PullConnector, { roster, ...changes }: Changes): PullConnector {
  const whole: PullConnector = {
    ...forwarded(intact, ['open', 'close', 'push', 'reserve', 'settle', 'touch', 'size', 'clear', 'wait']),
    name: intact.name,
    wire: intact.wire,
    resolutionMs: intact.resolutionMs,
    isTransient: (error) => intact.isTransient(error),
    exchange: async (batch, request) => ({
      refused: await whole.settle(batch, request.now),
      reserved: await whole.reserve(request),
    }),
    ...changes,
    failed: { ...intact.failed, ...changes.failed },
    cache: { ...intact.cache, ...changes.cache },
    ...(intact.roster && { roster: { ...intact.roster, ...roster } }),
  }
  return whole
}

function forwarded(intact: PullConnector, methods: readonly (keyof PullConnector)[]): PullConnector {
  const entries = methods.map((method) => [method, (intact[method] as () => unknown).bind(intact)])
  return Object.fromEntries(entries) as PullConnector
}

/** A defect without memory: the same changes for every connection. */
export function defect(what: string, caught: string, changes: (intact: PullConnector) => Changes): Defect {
  return { what, caught, breaks: () => (intact) => altered(intact, changes(intact)) }
}

/** The settlement with something else as its delivery. */
export function about(settlement: Settlement, reservation: Reservation): Settlement {
  return { ...settlement, reservation }
}

export function reencoded(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    return body
  }
}
