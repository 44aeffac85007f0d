import type { PullConnector, Reservation } from '../../src/contract/connector.ts'
import { altered } from './broken/defect.ts'

type Rewrite = (body: string, attempts: number) => string

const atItsEnd: Rewrite = (body, attempts) => body.replace(/"attempts":\d+\}$/, `"attempts":${attempts}}`)

/** A memory connector that keeps id and attempts inside the body, as Redis does; `rewrite` is how it changes the digits. */
export function memberMemory(rewrite: Rewrite = atItsEnd): (intact: PullConnector) => PullConnector {
  const latest = new Map<string, string>()
  return (intact) =>
    altered(intact, {
      wire: 'member',
      reserve: async (request) =>
        (await intact.reserve(request)).map((each): Reservation => {
          const body = rewrite(each.body, each.attempts)
          latest.set(each.id, body)
          return { ...each, body }
        }),
      failed: {
        all: async (filter) =>
          (await intact.failed.all(filter)).map((entry) => {
            const id = /"id":"([^"]*)","attempts":\d+\}$/.exec(entry.body)?.[1]
            return { ...entry, body: (id && latest.get(id)) ?? entry.body }
          }),
      },
    })
}
