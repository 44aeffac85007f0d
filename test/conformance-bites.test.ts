import { describe, expect, it } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import { MemoryStore } from '../src/connectors/memory/store.ts'
import type { PullConnector } from '../src/contract/connector.ts'
import { conformance } from '../src/testing/conformance/index.ts'
import { altered, type Defect } from './testing/broken/defect.ts'
import { brokenFailedJobs } from './testing/broken/failed-jobs.ts'
import { brokenReserving } from './testing/broken/reserving.ts'
import { brokenRoster } from './testing/broken/roster.ts'
import { brokenSettling } from './testing/broken/settling.ts'
import { brokenSurroundings } from './testing/broken/surroundings.ts'
import { coarseMemory } from './testing/coarse-memory.ts'
import { memberMemory } from './testing/member-memory.ts'

const brokenMembers: readonly Defect[] = [
  {
    what: 'keeps attempts in the body and does not rewrite them',
    caught: 'a release uses up an attempt',
    breaks: () => memberMemory((body) => body),
  },
  {
    what: 'rewrites the first attempts it finds in the body',
    caught: 'keys and texts that look like ours survive delivery, release, expiry, burying and retry',
    breaks: () => memberMemory((body, attempts) => body.replace(/"attempts":\d+/, `"attempts":${attempts}`)),
  },
]

const brokenClocks: readonly Defect[] = [
  {
    what: 'keeps time in whole seconds and rounds a delay down',
    caught: 'a delay is rounded up to the resolution, never down',
    breaks: () => coarseMemory(Math.floor),
  },
  {
    what: 'keeps time in whole seconds and rounds the delay of a release down',
    caught: 'the delay of a release is rounded up to the resolution',
    breaks: () => coarseMemory(Math.ceil, Math.floor),
  },
]

const defects = {
  reserving: brokenReserving,
  settling: brokenSettling,
  'failed jobs': brokenFailedJobs,
  surroundings: brokenSurroundings,
  roster: brokenRoster,
  members: brokenMembers,
  clocks: brokenClocks,
}

/** The names of the cases that fail, with what they say. */
async function failures(breaks: Defect['breaks']): Promise<ReadonlyMap<string, string>> {
  const siblings = new WeakMap<PullConnector, () => PullConnector>()
  const cases = conformance({
    async create() {
      const store = new MemoryStore()
      const broken = breaks()
      const connect = () => broken(new MemoryConnector({ store }))
      const first = connect()
      siblings.set(first, connect)
      return first
    },
    second: async (first) => siblings.get(first)!(),
  })
  const found = new Map<string, string>()
  const run = async (each: (typeof cases)[number]) => {
    try {
      await each.run()
    } catch (error) {
      found.set(each.name, String(error))
    }
  }
  await Promise.all(cases.map(run))
  return found
}

describe('the conformance suite', () => {
  it('finds nothing wrong with an intact store', async () => {
    expect(await failures(() => (intact) => intact)).toEqual(new Map())
    expect(await failures(() => (intact) => altered(intact, {}))).toEqual(new Map())
  })

  it('finds nothing wrong with a store that keeps id and attempts in the body', async () => {
    expect(await failures(() => memberMemory())).toEqual(new Map())
  })

  it('finds nothing wrong with a store that keeps time in whole seconds', async () => {
    expect(await failures(() => coarseMemory())).toEqual(new Map())
  })

  it('has no two cases of one name', () => {
    const names = conformance({ create: () => Promise.reject(new Error('not run')) }).map((each) => each.name)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe.each(Object.entries(defects))('broken %s: the suite fails a store that', (_, list) => {
  it.concurrent.each(list)('$what', async ({ breaks, caught }) => {
    const found = await failures(breaks)
    expect([...found.keys()]).toContain(caught)
  })
})
