import { expect, it } from 'vitest'
import { Sizes } from '../../../src/cli/http/sizes.ts'
import type { QueueSize } from '../../../src/contract/connector.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

const size: QueueSize = { ready: 1, delayed: 0, reserved: 0, failed: 0, oldestMs: null }

/** A store that counts how often it is asked, and answers as it is told. */
function asked(answer: (call: number) => Promise<QueueSize>) {
  const clock = new FakeClock()
  const calls: string[] = []
  const connector = {
    size: (queue: string) => {
      calls.push(queue)
      return answer(calls.length)
    },
  }
  return { clock, calls, sizes: new Sizes({ connector, queues: ['a', 'b'], clock }) }
}

it('the store is asked for each queue, once a second at most however many want to know', async () => {
  const { clock, calls, sizes } = asked(async () => size)
  const both = await Promise.all([sizes.read(), sizes.read()])
  for (const each of both)
    expect(each).toEqual(
      new Map([
        ['a', size],
        ['b', size],
      ]),
    )
  await clock.advance(999)
  await sizes.read()
  expect(calls).toEqual(['a', 'b'])
  await clock.advance(1)
  await sizes.read()
  expect(calls).toEqual(['a', 'b', 'a', 'b'])
})

it('one that fails has said nothing, and is asked again a second later', async () => {
  const { clock, calls, sizes } = asked(async (call) => {
    if (call === 2) throw new Error('away')
    return size
  })
  expect(await sizes.read()).toBeUndefined()
  expect(await sizes.read()).toBeUndefined()
  expect(calls).toEqual(['a', 'b'])
  await clock.advance(1_000)
  expect((await sizes.read())?.size).toBe(2)
})

it('one that hangs is waited for 1.5 s by each that asks, and not asked a second time', async () => {
  let answer = (_: QueueSize) => {}
  const { clock, calls, sizes } = asked(
    () =>
      new Promise<QueueSize>((resolve) => {
        answer = resolve
      }),
  )
  for (let round = 0; round < 3; round++) {
    const reading = sizes.read()
    let isRead = false
    void reading.then(() => {
      isRead = true
    })
    await clock.advance(1_499)
    expect(isRead).toBe(false)
    await clock.advance(1)
    expect(await reading).toBeUndefined()
  }
  expect(calls).toEqual(['a'])
  expect(clock.pending).toBe(0)
  const reading = sizes.read()
  answer(size)
  await clock.advance(0)
  answer(size)
  expect((await reading)?.size).toBe(2)
})
