import { describe, expect, it } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import type { JobEntry } from '../src/contract/job.ts'
import { lateJobs } from '../src/late-jobs.ts'

const envelope = { id: '1', queue: 'q', job: 'Job1', body: '{"job":"Job1","data":""}', delayMs: 0 }
const request = { queues: ['q'], limit: 1, expireMs: 1_000 }

describe('late jobs', () => {
  const entry = { name: 'Job1' } as JobEntry
  const loaded = { registry: { entries: [entry], resolve: () => entry }, problems: [] }

  it('are loaded when a job was reserved, once, before it is handed over', async () => {
    const store = new MemoryConnector()
    let loads = 0
    const { connector, registry } = lateJobs(store, async () => {
      loads++
      return loaded
    })
    await connector.open()
    expect(await connector.reserve(request)).toEqual([])
    expect({ loads, entries: registry.entries }).toEqual({ loads: 0, entries: [] })
    await connector.push([envelope])
    const [reservation] = await connector.reserve(request)
    expect(loads).toBe(1)
    expect(registry.resolve('Job1')).toBe(entry)
    await connector.settle([{ kind: 'release', reservation: reservation!, delayMs: 0, spend: false }])
    expect(await connector.reserve(request)).toHaveLength(1)
    expect(loads).toBe(1)
    await connector.close()
  })

  it('pass on what a store says of effects and transactions', async () => {
    const effects = { note: async () => 'new' as const, done: async () => {}, forget: async () => {} }
    const store = Object.assign(new MemoryConnector(), {
      effects,
      effectsIn: async () => effects,
      deleteIn: async () => true,
    })
    const { connector } = lateJobs(store, async () => loaded)
    expect(connector.effects).toBe(effects)
    expect(await connector.effectsIn!(null)).toBe(effects)
    expect(await connector.deleteIn!(null, {} as never, () => {})).toBe(true)
  })

  it('that cannot be loaded fail the job with the reason', async () => {
    const store = new MemoryConnector()
    const { connector, registry } = lateJobs(store, () => Promise.reject(new Error('no folder')))
    await connector.open()
    await connector.push([envelope])
    expect(await connector.reserve(request)).toHaveLength(1)
    expect(() => registry.resolve('Job1')).toThrow('no folder')
    await connector.close()
  })

  it('leave the store its news, pauses and cycles', async () => {
    const heard: unknown[] = []
    const store = Object.assign(new MemoryConnector(), {
      cycles: 2,
      hear: (news: unknown) => () => void heard.push(news),
      applyPauses: async (paused: readonly string[]) => void heard.push(paused),
    })
    const { connector } = lateJobs(store, () => Promise.resolve(loaded))
    const news = { up() {}, control() {}, warn() {} }
    connector.hear!(news)()
    await connector.applyPauses!(['q'])
    expect([connector.cycles, heard]).toEqual([2, [news, ['q']]])
    const plain = lateJobs(new MemoryConnector(), () => Promise.resolve(loaded)).connector
    expect([plain.cycles, plain.hear, plain.applyPauses]).toEqual([undefined, undefined, undefined])
  })
})
