import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/fake-clock.ts'

describe('a fake clock', () => {
  it('stands still until it is moved, and moves both clocks', async () => {
    const clock = new FakeClock({ wallMs: 5_000, monotonicMs: 10 })
    expect([clock.wall(), clock.monotonic()]).toEqual([5_000, 10])
    await clock.advance(250)
    expect([clock.wall(), clock.monotonic()]).toEqual([5_250, 260])
  })

  it('runs timers in order of their time, equals in order of making, each at its own time', async () => {
    const clock = new FakeClock()
    const ran: [string, number][] = []
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 30],
      ['late', 31],
    ] as const) {
      clock.after(delayMs, () => ran.push([name, clock.monotonic()]))
    }
    await clock.advance(30)
    expect(ran).toEqual([
      ['a', 10],
      ['c', 30],
      ['b', 30],
    ])
    expect([clock.pending, clock.nextMs]).toEqual([1, 1])
  })

  it('runs timers that timers make, if they fall due on the way', async () => {
    const clock = new FakeClock()
    const ran: number[] = []
    const tick = () => {
      ran.push(clock.monotonic())
      clock.after(10, tick)
    }
    clock.after(10, tick)
    await clock.advance(35)
    expect(ran).toEqual([10, 20, 30])
  })

  it('lets promises go on between timers', async () => {
    const clock = new FakeClock()
    const ran: string[] = []
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
    const work = async (name: string, ms: number) => {
      for (let round = 0; round < 2; round++) {
        await sleep(ms)
        await Promise.resolve()
        ran.push(`${name} ${clock.monotonic()}`)
      }
    }
    const both = Promise.all([work('a', 10), work('b', 15)])
    await clock.advance(30)
    expect(ran).toEqual(['a 10', 'b 15', 'a 20', 'b 30'])
    await both
  })

  it('lets promises that were under way before the move make their timers', async () => {
    const clock = new FakeClock()
    let ran = false
    void Promise.resolve().then(() => clock.after(5, () => (ran = true)))
    await clock.advance(5)
    expect(ran).toBe(true)
  })

  it('forgets a timer that was cancelled', async () => {
    const clock = new FakeClock()
    let ran = false
    const cancel = clock.after(10, () => (ran = true))
    cancel()
    cancel()
    expect([clock.pending, clock.nextMs]).toEqual([0, null])
    await clock.advance(20)
    expect(ran).toBe(false)
  })

  it('steps its wall clock without touching timers', async () => {
    const clock = new FakeClock({ wallMs: 7_200_000 })
    let ran = false
    clock.after(10, () => (ran = true))
    clock.stepWall(-3_600_000)
    expect([clock.wall(), clock.monotonic(), ran]).toEqual([3_600_000, 0, false])
    await clock.advance(10)
    expect([clock.wall(), ran]).toEqual([3_600_010, true])
  })
})
