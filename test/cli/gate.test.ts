import { describe, expect, it } from 'vitest'
import { Gate } from '../../src/cli/work/gate.ts'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { Reservation } from '../../src/contract/connector.ts'
import type { ChildMessage, ParentMessage, Sources } from '../../src/process/parent.ts'

const envelope = { id: '1', queue: 'q', job: 'Job1', body: '{"job":"Job1","data":""}', delayMs: 0 }
const request = { queues: ['q'], limit: 1, expireMs: 1_000 }
const current: Sources = { files: {}, jobs: null }
const stale: Sources = { files: { '/nowhere/Job1.mjs': 'was there' }, jobs: null }

/** A gate before a store with one job, and what it said. */
async function gateOf(sources: Sources, order: ParentMessage | null = null) {
  const store = new MemoryConnector()
  await store.open()
  await store.push([envelope])
  const told: ChildMessage[] = []
  const lost: string[] = []
  let closed = 0
  const gateFor = (given: readonly Reservation[]) =>
    new Gate({
      store,
      sources,
      given,
      tell: async (message) => void told.push(message),
      nextOrder: async () => order,
      lost: ({ id }) => lost.push(id),
      close: () => closed++,
    })
  return { store, gateFor, told, lost, closings: () => closed }
}

describe('the gate of a child', () => {
  it('lets a job pass while the code is that on disk, and says so', async () => {
    const { gateFor, told } = await gateOf(current)
    const { store } = gateFor([])
    const reservations = await store.reserve(request)
    expect(reservations).toHaveLength(1)
    expect(told).toEqual([{ kind: 'took', reservations }])
    expect(await store.reserve(request)).toEqual([])
  })

  it('hands over what it must not run, and takes no more', async () => {
    const { gateFor, told, closings } = await gateOf(stale, { kind: 'hand-over' })
    expect(await gateFor([]).store.reserve(request)).toEqual([])
    expect(told).toMatchObject([
      { kind: 'stale', file: '/nowhere/Job1.mjs' },
      { kind: 'handed', reservations: [{ attempts: 1 }] },
    ])
    expect(closings()).toBe(1)
  })

  it.each([[null], [{ kind: 'keep' } as const]])(
    'closes and passes it on to be given back when the listener says %j',
    async (order) => {
      const { gateFor, told, closings } = await gateOf(stale, order)
      expect(await gateFor([]).store.reserve(request)).toHaveLength(1)
      expect([told.map(({ kind }) => kind), closings()]).toEqual([['stale'], 1])
    },
  )

  it('renews what it was given, at the same attempt, before all others', async () => {
    const { store, gateFor } = await gateOf(current)
    const [reservation] = await store.reserve({ ...request, expireMs: 20 })
    await store.push([{ ...envelope, id: '2' }])
    const gate = gateFor([reservation!])
    expect(await gate.store.reserve({ ...request, expireMs: 60_000 })).toEqual([reservation])
    expect(await gate.store.reserve(request)).toMatchObject([{ id: '2' }])
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await store.reserve(request)).toEqual([])
  })

  it('lets go of what it was given when its lease has ended', async () => {
    const { store, gateFor, lost } = await gateOf(current)
    const [reservation] = await store.reserve({ ...request, expireMs: 1 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    const [again] = await store.reserve(request)
    expect(again).toMatchObject({ id: '1', attempts: 2 })
    expect(await gateFor([reservation!]).store.reserve(request)).toEqual([])
    expect(lost).toEqual(['1'])
  })

  it('gives back unspent what it was given and never asked for', async () => {
    const { store, gateFor } = await gateOf(current)
    const gate = gateFor(await store.reserve(request))
    await gate.giveBack()
    expect(await store.reserve(request)).toMatchObject([{ id: '1', attempts: 1 }])
  })

  it('passes on everything else the store can do', async () => {
    const effects = { note: async () => 'new' as const, done: async () => {}, forget: async () => {} }
    const store = Object.assign(new MemoryConnector(), { effects, cycles: 2, deleteIn: async () => true })
    const { gateFor } = await gateOf(current)
    expect(gateFor([]).store.hear).toBeUndefined()
    const gate = new Gate({ ...({} as ConstructorParameters<typeof Gate>[0]), store, given: [] })
    expect([gate.store.effects, gate.store.cycles, gate.store.name]).toEqual([effects, 2, 'memory'])
    expect(await gate.store.deleteIn!(null, {} as never, () => {})).toBe(true)
    expect((await gate.store.size('q')).ready).toBe(0)
  })
})
