import { describe, expect, test } from 'vitest'
import type { PullConnector, ReserveRequest } from '../../src/contract/connector.ts'
import { StoreError } from '../../src/contract/errors.ts'
import { defineJob } from '../../src/contract/job.ts'
import { away, type Deferred, deferred, held, note, Rig, type RigOptions } from './rig.ts'

interface Call {
  readonly kind: 'reserve' | 'settle' | 'exchange'
  readonly settled: number
  readonly limit: number
  readonly gate: Deferred<void>
}

/** Takes so many round trips at once; each is carried out when the test opens its gate, or fails with what rejects it. */
function gated(calls: Call[], cycles = 2) {
  return (connector: PullConnector): PullConnector => {
    const { reserve, settle, exchange } = connector
    const pass = (kind: Call['kind'], settled: number, limit: number) => {
      const gate = deferred()
      calls.push({ kind, settled, limit, gate })
      return gate.promise
    }
    return Object.assign(connector, {
      cycles,
      async reserve(request: ReserveRequest) {
        await pass('reserve', 0, request.limit)
        return reserve.call(connector, request)
      },
      async settle(...args: Parameters<typeof settle>) {
        await pass('settle', args[0].length, 0)
        return settle.apply(connector, args)
      },
      async exchange(...args: Parameters<NonNullable<typeof exchange>>) {
        await pass('exchange', args[0].length, args[1].limit)
        return exchange!.apply(connector, args)
      },
    })
  }
}

const shown = (calls: readonly Call[]) => calls.map(({ kind, settled, limit }) => [kind, settled, limit])

/** A worker whose jobs and whose round trips wait for the test. */
function rigged(options: RigOptions = {}) {
  const calls: Call[] = []
  return { ...held({ wrap: gated(calls), prefetch: 0, ...options }), calls }
}

describe('round trips under way at once', () => {
  test('are as many as the store takes, and ask for each free slot once', async () => {
    const { rig, gates, calls } = rigged({ concurrency: 4 })
    for (let each = 0; each < 12; each++) await rig.push('slow')
    void rig.start()
    await rig.advance(0)
    expect(shown(calls)).toEqual([['reserve', 0, 4]])
    calls[0]!.gate.resolve()
    await rig.advance(0)
    for (const at of [0, 1, 2]) {
      gates[at]!.resolve()
      await rig.advance(0)
    }
    expect(shown(calls.slice(1))).toEqual([
      ['exchange', 1, 1],
      ['exchange', 1, 1],
    ])
    calls[2]!.gate.resolve()
    await rig.advance(0)
    expect(shown(calls.slice(3))).toEqual([['exchange', 1, 1]])
    calls[1]!.gate.resolve()
    calls[3]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('job:processing')).toHaveLength(7)
    expect(rig.worker.running.size).toBe(4)
    expect(await rig.counts()).toEqual([5, 0, 4, 0])
  })

  test('begin no wait while another may bring jobs, and none is begun beside a wait', async () => {
    const { rig, gates, calls } = rigged({ concurrency: 2 })
    await rig.push('slow')
    await rig.push('slow')
    void rig.start()
    await rig.advance(0)
    calls[0]!.gate.resolve()
    await rig.advance(0)
    gates[0]!.resolve()
    await rig.advance(0)
    gates[1]!.resolve()
    await rig.advance(0)
    expect(shown(calls.slice(1))).toEqual([
      ['exchange', 1, 1],
      ['exchange', 1, 1],
    ])
    calls[1]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('worker:idle')).toEqual([])
    calls[2]!.gate.resolve()
    await rig.advance(0)
    for (const { gate } of calls.slice(3)) gate.resolve()
    await rig.advance(0)
    expect(rig.all('worker:idle')).toHaveLength(1)
    const before = calls.length
    await rig.advance(1_000)
    expect(calls).toHaveLength(before)
  })

  test('that fail give back their own settlements, and brake once for one trouble', async () => {
    const { rig, gates, calls } = rigged({ concurrency: 2 })
    for (let each = 0; each < 4; each++) await rig.push('slow')
    void rig.start()
    await rig.advance(0)
    calls[0]!.gate.resolve()
    await rig.advance(0)
    gates[0]!.resolve()
    await rig.advance(0)
    gates[1]!.resolve()
    await rig.advance(0)
    calls[1]!.gate.reject(away)
    calls[2]!.gate.reject(away)
    await rig.advance(0)
    expect(rig.all('store:down')).toHaveLength(1)
    await rig.advance(200)
    expect(shown(calls.slice(3))).toEqual([['exchange', 2, 2]])
    calls[3]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('store:up')).toHaveLength(1)
    expect(rig.all('job:lost')).toEqual([])
    expect(rig.worker.running.size).toBe(2)
  })

  test('say nothing of the store that has failed since they began', async () => {
    const { rig, gates, calls } = rigged({ concurrency: 2 })
    for (let each = 0; each < 4; each++) await rig.push('slow')
    void rig.start()
    await rig.advance(0)
    calls[0]!.gate.resolve()
    await rig.advance(0)
    for (const gate of [...gates]) {
      gate.resolve()
      await rig.advance(0)
    }
    calls[1]!.gate.reject(away)
    await rig.advance(0)
    calls[2]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('store:down')).toHaveLength(1)
    expect(rig.all('store:up')).toEqual([])
    await rig.advance(200)
    calls[3]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('store:up')).toHaveLength(1)
  })

  test('are one by one for settlements that were refused for good', async () => {
    const refusal = new StoreError('no such table', { transient: false })
    const { rig, gates, calls } = rigged({ concurrency: 3 })
    for (let each = 0; each < 3; each++) await rig.push('slow')
    void rig.start()
    await rig.advance(0)
    calls[0]!.gate.resolve()
    await rig.advance(0)
    for (const gate of gates) gate.resolve()
    await rig.advance(0)
    expect(shown(calls.slice(1))).toEqual([['exchange', 3, 3]])
    calls[1]!.gate.reject(refusal)
    await rig.advance(200)
    expect(shown(calls.slice(2))).toEqual([
      ['settle', 1, 0],
      ['settle', 1, 0],
    ])
    calls[2]!.gate.reject(refusal)
    calls[3]!.gate.resolve()
    await rig.advance(1_000)
    expect(shown(calls.slice(4))).toEqual([['settle', 1, 0]])
    calls[4]!.gate.resolve()
    await rig.advance(0)
    expect(rig.all('job:warning')).toMatchObject([{ id: 'id-1' }])
    expect(shown(calls.slice(5))).toEqual([['reserve', 0, 3]])
    calls[5]!.gate.resolve()
  })

  test('are waited for at a stop, and what they bring goes back unspent', async () => {
    const { rig, gates, calls } = rigged({ concurrency: 2 })
    for (let each = 0; each < 5; each++) await rig.push('slow')
    const ended = rig.start()
    await rig.advance(0)
    calls[0]!.gate.resolve()
    await rig.advance(0)
    gates[0]!.resolve()
    await rig.advance(0)
    rig.worker.stop('signal')
    gates[1]!.resolve()
    await rig.advance(0)
    expect(rig.all('worker:stop')).toEqual([])
    for (let at = 1; at < 4; at++) {
      calls[at]?.gate.resolve()
      await rig.advance(0)
    }
    expect(await ended).toBe('signal')
    expect(rig.all('job:processing')).toHaveLength(2)
    expect(await rig.counts()).toEqual([3, 0, 0, 0])
  })

  test('end before the worker does, when a stop finds nothing else', async () => {
    const { rig, calls } = rigged({ concurrency: 2 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.advance(0)
    rig.worker.stop('signal')
    await rig.advance(1_000)
    expect(rig.all('worker:stop')).toEqual([])
    calls[0]!.gate.resolve()
    await rig.advance(0)
    expect(shown(calls.slice(1))).toEqual([['settle', 1, 0]])
    calls[1]!.gate.resolve()
    expect(await ended).toBe('signal')
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
  })

  test('that find nothing are not the end while a job is being released, with --stop-when-empty', async () => {
    for (const cycles of [1, 2]) {
      const calls: Call[] = []
      const fails = deferred()
      const again = defineJob({ tries: 2, backoff: 0 }, () => fails.promise)
      const rig = new Rig({ again }, { concurrency: 2, stopWhenEmpty: true, wrap: gated(calls, cycles) })
      await rig.push('again')
      const ended = rig.start()
      await rig.advance(0)
      calls[0]!.gate.resolve()
      await rig.advance(0)
      await rig.push('elsewhere', '', { queue: 'elsewhere' })
      rig.worker.quiet()
      rig.worker.resume()
      await rig.advance(0)
      fails.reject(new Error('no'))
      await rig.advance(0)
      let over = false
      void ended.then(() => (over = true))
      for (let at = 1; !over; at++) {
        while (calls[at] === undefined && !over) await rig.advance(1)
        calls[at]?.gate.resolve()
        await rig.advance(0)
      }
      expect(rig.all('job:error')).toHaveLength(2)
      expect(rig.clock.monotonic()).toBeLessThan(100)
    }
  })

  test('do not run a job beyond the limit, nor leave one that was released, with --stop-when-empty', async () => {
    const again = defineJob({ tries: 3, backoff: 0 }, () => Promise.reject(new Error('no')))
    for (const cycles of [1, 2, 3]) {
      const wrap = (connector: PullConnector) => Object.assign(connector, { cycles })
      const rig = new Rig({ again, note }, { concurrency: 4, stopWhenEmpty: true, wrap })
      for (let each = 0; each < 30; each++) await rig.push(each % 3 === 0 ? 'again' : 'note')
      expect(await rig.start()).toBe('empty')
      expect(rig.all('job:error')).toHaveLength(30)
      expect(await rig.counts()).toEqual([0, 0, 0, 10])
      const few = new Rig({ note }, { concurrency: 4, maxJobs: 10, wrap })
      for (let each = 0; each < 30; each++) await few.push('note')
      expect(await few.start()).toBe('max-jobs')
      expect(few.all('job:processing')).toHaveLength(10)
      expect(await few.counts()).toEqual([20, 0, 0, 0])
    }
  })
})

test('a worker that runs by force says so in each request', async () => {
  const asked: unknown[] = []
  const wrap = (connector: PullConnector) => {
    const { reserve, exchange } = connector
    return Object.assign(connector, {
      reserve: (request: ReserveRequest) => {
        asked.push(request.force)
        return reserve.call(connector, request)
      },
      exchange: (...args: Parameters<NonNullable<typeof exchange>>) => {
        asked.push(args[1].force)
        return exchange!.apply(connector, args)
      },
    })
  }
  for (const force of [true, false]) {
    const rig = new Rig({ note }, { force, wrap, stopWhenEmpty: true })
    await rig.push('note')
    await rig.start()
  }
  expect(asked).toEqual([true, true, undefined, undefined])
})

test('a settlement that the store confirmed is not made again when the reserve after it fails', async () => {
  const wrap = (connector: PullConnector) => Object.assign(connector, { exchange: undefined })
  const rig = new Rig({ note }, { wrap, concurrency: 2 })
  await rig.push('note')
  await rig.push('note')
  await rig.push('note')
  void rig.start()
  await rig.nth('job:processed', 2)
  rig.faulty.fail('reserve', away, 1)
  await rig.nth('store:down')
  await rig.advance(1_000)
  expect(rig.all('job:processed')).toHaveLength(3)
  expect(rig.faulty.calls('settle')).toBe(2)
})
