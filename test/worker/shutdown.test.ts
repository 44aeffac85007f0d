import { describe, expect, test } from 'vitest'
import type { PullConnector, ReserveRequest } from '../../src/contract/connector.ts'
import { away, deferred, held, note, Rig } from './rig.ts'

describe('a graceful stop', () => {
  test('lets what runs finish and takes nothing new', async () => {
    const { rig, gates } = held({ concurrency: 2, graceMs: 10_000 })
    for (let each = 0; each < 5; each++) await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing', 2)
    rig.worker.stop('signal')
    await rig.advance(9_000)
    expect(rig.all('worker:stop')).toEqual([])
    for (const gate of gates) gate.resolve()
    expect(await ended).toBe('signal')
    expect(rig.all('job:processed').map(({ outcome }) => outcome)).toEqual(['deleted', 'deleted'])
    expect(await rig.counts()).toEqual([3, 0, 0, 0])
  })

  test('releases what runs longer than the grace time without spending a try', async () => {
    const { rig, gates, signals } = held({ concurrency: 2, graceMs: 10_000 })
    await rig.push('slow')
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing', 2)
    rig.worker.stop('signal')
    gates[0]!.resolve()
    await rig.advance(9_999)
    expect(signals[1]!.aborted).toBe(false)
    await rig.advance(1)
    expect(await ended).toBe('signal')
    expect(signals[1]!.aborted).toBe(true)
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
    const [again] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 1 })
    expect(again).toMatchObject({ id: 'id-2', attempts: 1 })
    gates[1]!.resolve()
    await rig.advance(0)
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  test('does not touch what ended unsettled: that stays reserved', async () => {
    const rig = new Rig({
      Left: class {
        fire() {}
      },
    })
    await rig.push('Left')
    const ended = rig.start()
    await rig.nth('job:processed')
    rig.worker.stop('signal')
    await ended
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
  })

  test.each([1, 2])(
    'loses no job that the store answers just then, with %i round trips at once',
    async (cycles) => {
      for (let steps = 0; steps < 24; steps++) {
        const answer = deferred()
        let asked = 0
        const wrap = (connector: PullConnector) => {
          const reserve = connector.reserve.bind(connector)
          return Object.assign(connector, {
            cycles,
            async reserve(request: ReserveRequest) {
              const reserved = await reserve(request)
              if (asked++ === 0) await answer.promise
              return reserved
            },
          })
        }
        const { rig } = held({ wrap })
        await rig.push('slow')
        const ended = rig.start()
        await rig.advance(0)
        rig.worker.stop('signal')
        for (let step = 0; step < steps; step++) await undefined
        answer.resolve()
        await rig.advance(0)
        rig.worker.stopNow('signal')
        await ended
        expect(await rig.counts(), `answered ${steps} steps after the stop`).toEqual([1, 0, 0, 0])
      }
    },
  )

  test('of an idle worker takes no time', async () => {
    const rig = new Rig({ note })
    const ended = rig.start()
    await rig.nth('worker:idle')
    rig.worker.stop('signal')
    expect(await ended).toBe('signal')
    expect(rig.clock.monotonic()).toBe(0)
  })

  test('takes no time when it comes while a reserve that finds nothing is under way', async () => {
    const reserving = deferred()
    const go = deferred()
    const rig = new Rig(
      { note },
      {
        wrap: (connector) => {
          const { reserve } = connector
          return Object.assign(connector, {
            async reserve(request: Parameters<typeof reserve>[0]) {
              reserving.resolve()
              await go.promise
              return reserve.call(connector, request)
            },
          })
        },
      },
    )
    const ended = rig.start()
    await reserving.promise
    rig.worker.stop('signal')
    go.resolve()
    expect(await ended).toBe('signal')
    expect(rig.clock.monotonic()).toBe(0)
  })

  test('gives back unspent what a reserve or a wait brings meanwhile', async () => {
    const reserving = deferred()
    const go = deferred()
    const rig = new Rig(
      { note },
      {
        concurrency: 3,
        wrap: (connector) => {
          const { reserve } = connector
          return Object.assign(connector, {
            async reserve(request: Parameters<typeof reserve>[0]) {
              const reserved = await reserve.call(connector, request)
              reserving.resolve()
              await go.promise
              return reserved
            },
          })
        },
      },
    )
    await rig.push('note')
    await rig.push('note')
    const ended = rig.start()
    await reserving.promise
    rig.worker.stop('signal')
    go.resolve()
    await ended
    expect(rig.all('job:processing')).toEqual([])
    const back = await rig.connector.reserve({ queues: ['default'], limit: 3, expireMs: 1 })
    expect(back.map(({ attempts }) => attempts)).toEqual([1, 1])
  })

  test('loses no job that a wait brings as it is aborted', async () => {
    const rig = new Rig(
      { note },
      {
        wrap: (connector) =>
          Object.assign(connector, {
            wait: async (queues: readonly string[], _: number, signal: AbortSignal) => {
              await new Promise((resolve) => signal.addEventListener('abort', resolve))
              await rig.push('note')
              return connector.reserve({ queues, limit: 1, expireMs: 60_000 })
            },
          }),
      },
    )
    const ended = rig.start()
    await rig.nth('worker:idle')
    rig.worker.stop('signal')
    expect(await ended).toBe('signal')
    expect(rig.all('job:processing')).toEqual([])
    const back = await rig.connector.reserve({ queues: ['default'], limit: 3, expireMs: 1 })
    expect(back).toMatchObject([{ id: 'id-1', attempts: 1 }])
  })

  test('ends at once when it is asked a second time, what runs being released unspent', async () => {
    const { rig, signals } = held({ graceMs: 60_000 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    rig.worker.stop('restart')
    await rig.advance(1_000)
    rig.worker.stopNow('signal')
    expect(await ended).toBe('restart')
    expect(rig.clock.monotonic()).toBe(1_000)
    expect(signals[0]!.aborted).toBe(true)
    const [again] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 1 })
    expect(again).toMatchObject({ attempts: 1 })
  })

  test('keeps its first reason and its deadline when it is asked again', async () => {
    const { rig } = held({ graceMs: 10_000 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    rig.worker.stop('signal')
    await rig.advance(5_000)
    rig.worker.stop('memory', 60_000)
    await rig.advance(5_000)
    expect(await ended).toBe('signal')
  })

  test('ends by its deadline while the store is away', async () => {
    const { rig } = held({ graceMs: 10_000 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    rig.faulty.fail('*', away)
    rig.worker.stop('signal')
    await rig.advance(14_999)
    expect(rig.all('worker:stop')).toEqual([])
    await rig.advance(1)
    expect(await ended).toBe('signal')
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
  })

  test('ends by its deadline while the store does not answer at all', async () => {
    const never = () => new Promise<never>(() => {})
    for (const method of ['reserve', 'wait', 'open'] as const) {
      const rig = new Rig(
        { note },
        { graceMs: 1_000, wrap: (connector) => Object.assign(connector, { [method]: never }) },
      )
      const ended = rig.start()
      await rig.advance(0)
      rig.worker.stop('signal')
      await rig.advance(6_000)
      expect(await ended).toBe('signal')
    }
  })

  test('ends as soon as the store has confirmed the last settlement, however long that took', async () => {
    const settling = deferred()
    const go = deferred()
    const { rig, gates } = held({
      wrap: (connector) => {
        const { settle } = connector
        return Object.assign(connector, {
          async settle(...args: Parameters<typeof settle>) {
            settling.resolve()
            await go.promise
            return settle.apply(connector, args)
          },
        })
      },
    })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    rig.worker.stop('signal')
    gates[0]!.resolve()
    await settling.promise
    await rig.advance(2_000)
    go.resolve()
    expect(await ended).toBe('signal')
    expect(rig.clock.monotonic()).toBe(2_000)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('settles what a job decided while the worker stopped', async () => {
    const { rig, gates } = held({ graceMs: 10_000 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    rig.faulty.fail('settle', away, 3)
    rig.worker.stop('signal')
    gates[0]!.resolve()
    await rig.advance(5_000)
    expect(await ended).toBe('signal')
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })
})

describe('quiet', () => {
  test('takes no new jobs until resume, while what runs goes on', async () => {
    const { rig, gates } = held({ concurrency: 2 })
    await rig.push('slow')
    void rig.start()
    await rig.nth('job:processing')
    rig.worker.quiet()
    await rig.push('note')
    await rig.advance(30_000)
    gates[0]!.resolve()
    expect(await rig.nth('job:processed')).toMatchObject({ name: 'slow' })
    await rig.advance(30_000)
    expect(rig.all('job:processing')).toHaveLength(1)
    rig.worker.resume()
    expect(await rig.nth('job:processed', 2)).toMatchObject({ name: 'note' })
  })
})
