import type { PullConnector } from '../../src/contract/connector.ts'
import { altered } from './broken/defect.ts'

type Round = (seconds: number) => number

/** A memory connector that keeps whole seconds and lets no release fall due in the second of its last due time, as SQL does. */
export function coarseMemory(
  round: Round = Math.ceil,
  roundRelease: Round = round,
): (intact: PullConnector) => PullConnector {
  const dueAt = new Map<string, number>()
  const time = (now: number | undefined) =>
    now === undefined ? {} : { now: Math.floor(now / 1_000) * 1_000 }
  return (intact) =>
    altered(intact, {
      resolutionMs: 1_000,
      push: (batch, now) => {
        const rounded = batch.map((each) => ({ ...each, delayMs: round(each.delayMs / 1_000) * 1_000 }))
        for (const each of rounded) dueAt.set(each.id, (now ?? 0) + each.delayMs)
        return intact.push(rounded, time(now).now)
      },
      reserve: (request) => intact.reserve({ ...request, ...time(request.now) }),
      settle: (batch, now = 0) => {
        const rounded = batch.map((each) => {
          if (each.kind !== 'release') return each
          const { id } = each.reservation
          const due = Math.max(now + roundRelease(each.delayMs / 1_000) * 1_000, (dueAt.get(id) ?? 0) + 1_000)
          dueAt.set(id, due)
          return { ...each, delayMs: due - now }
        })
        return intact.settle(rounded, now)
      },
    })
}
