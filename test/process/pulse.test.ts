import { describe, expect, it } from 'vitest'
import { Pulse } from '../../src/process/pulse.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

function watched() {
  const clock = new FakeClock()
  const said: string[] = []
  const pulse = new Pulse({
    clock,
    blocked: (ms) => said.push(`blocked ${ms}`),
    over: (ms) => said.push(`over ${ms}`),
  })
  return { clock, said, pulse }
}

describe('the pulse of a process', () => {
  it('says once that it stands still, and how long it did', async () => {
    const { clock, said, pulse } = watched()
    pulse.begin()
    await clock.advance(250)
    pulse.beat()
    await clock.advance(900)
    expect(said).toEqual([])
    await clock.advance(2_000)
    expect(said).toEqual(['blocked 1000'])
    pulse.beat()
    expect(said).toEqual(['blocked 1000', 'over 2900'])
    await clock.advance(1_250)
    expect(said).toEqual(['blocked 1000', 'over 2900', 'blocked 1100'])
  })

  it('says how long it did stand still when the job ends with it, and looks no more', async () => {
    const { clock, said, pulse } = watched()
    pulse.begin()
    await clock.advance(1_500)
    pulse.end()
    pulse.end()
    expect(said).toEqual(['blocked 1000', 'over 1500'])
    expect(clock.pending).toBe(0)
  })

  it('says nothing of a short job', async () => {
    const { clock, said, pulse } = watched()
    pulse.begin()
    await clock.advance(800)
    pulse.end()
    await clock.advance(5_000)
    expect(said).toEqual([])
  })

  it('says nothing when it was late itself, and may have beats to hear', async () => {
    const late: (() => void)[] = []
    const clock = new FakeClock()
    const said: string[] = []
    const slow = {
      wall: () => clock.wall(),
      monotonic: () => clock.monotonic(),
      after: (_: number, fn: () => void) => {
        late.push(fn)
        return () => undefined
      },
    }
    const pulse = new Pulse({
      clock: slow,
      blocked: () => said.push('blocked'),
      over: () => said.push('over'),
    })
    pulse.begin()
    await clock.advance(5_000)
    late.shift()!()
    pulse.beat()
    await clock.advance(250)
    late.shift()!()
    expect(said).toEqual([])
  })
})
