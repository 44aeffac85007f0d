import { describe, expect, it } from 'vitest'
import { hasSpare, nextStep, type PoolState } from '../../../src/cli/pool/balance.ts'

const limits = { total: 10, cooldownMs: 15_000 }

function pool(name: string, state: Partial<PoolState> = {}): PoolState {
  const { size = 1 } = state
  return {
    ...{ name, min: 1, max: 4, size, alive: size, concurrency: 1, waitingMs: 0, reserved: 0, spareMs: 0 },
    ...state,
  }
}

describe('the next step between pools', () => {
  it('is none while jobs wait for no longer than a second', () => {
    expect(nextStep([pool('a'), pool('b', { waitingMs: 1_000 })], limits)).toBeNull()
  })

  it('gives a worker to the pool whose jobs have waited longest', () => {
    const pools = [pool('a', { waitingMs: 3_000 }), pool('b', { waitingMs: 9_000 }), pool('c')]
    expect(nextStep(pools, limits)).toEqual({ kind: 'grow', name: 'b' })
  })

  it('never beyond its max: then the next in line has it', () => {
    const full = pool('b', { waitingMs: 9_000, size: 4 })
    expect(nextStep([pool('a', { waitingMs: 3_000 }), full], limits)).toEqual({ kind: 'grow', name: 'a' })
    expect(nextStep([full], limits)).toBeNull()
  })

  it('takes a worker from the pool with the shortest wait where there is no room for another', () => {
    const hungry = pool('a', { waitingMs: 9_000 })
    const others = [pool('b', { size: 3, waitingMs: 2_000 }), pool('c', { size: 2, waitingMs: 100 })]
    expect(nextStep([hungry, ...others], { ...limits, total: 6 })).toEqual({ kind: 'shrink', name: 'c' })
  })

  it('not from one whose jobs wait half as long or longer, nor from one at its min', () => {
    const hungry = pool('a', { waitingMs: 9_000 })
    const others = [pool('b', { size: 3, waitingMs: 4_500 }), pool('c')]
    expect(nextStep([hungry, ...others], { ...limits, total: 5 })).toBeNull()
  })

  it('waits for the worker that leaves before it takes another or starts one in its place', () => {
    const leaving = pool('b', { size: 2, alive: 3 })
    const pools = [pool('a', { waitingMs: 9_000 }), leaving]
    expect(nextStep(pools, { ...limits, total: 4 })).toBeNull()
    expect(nextStep([pools[0]!, { ...leaving, alive: 2 }], { ...limits, total: 4 })).toEqual({
      kind: 'grow',
      name: 'a',
    })
  })

  it('ends a worker that was one too many for the cool-down, and none below the min', () => {
    expect(nextStep([pool('a', { size: 2, spareMs: 14_999 })], limits)).toBeNull()
    expect(nextStep([pool('a', { size: 2, spareMs: 15_000 })], limits)).toEqual({ kind: 'shrink', name: 'a' })
    expect(nextStep([pool('a', { size: 1, spareMs: 99_000 })], limits)).toBeNull()
  })
})

it.each([
  [{ size: 3, concurrency: 2, reserved: 4 }, true],
  [{ size: 3, concurrency: 2, reserved: 5 }, false],
  [{ size: 3, concurrency: 2, reserved: 0, waitingMs: 1 }, false],
])('a pool in the state %j could do without a worker: %s', (state, spare) => {
  expect(hasSpare(pool('a', state))).toBe(spare)
})
