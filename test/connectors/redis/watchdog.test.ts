import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Link } from '../../../src/connectors/redis/link.ts'
import { redisTarget } from '../../../src/connectors/redis/options.ts'
import { Watchdog } from '../../../src/connectors/redis/watchdog.ts'
import { testRedis } from '../../redis-server.ts'

describe('the watchdog', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** One whose looks are noted; `next` is what each of them answers. */
  function watched(...next: number[]) {
    const began = performance.now()
    const looks: number[] = []
    const dog = new Watchdog((now) => {
      looks.push(now - began)
      const after = next.shift()
      return after === undefined ? undefined : began + after
    })
    return { looks, arm: (at: number) => dog.arm(began + at), dog }
  }

  test('sleeps until the earliest deadline is over, and then until the next', () => {
    const { looks, arm } = watched(31_000)
    arm(31_000)
    arm(5_000)
    vi.advanceTimersByTime(4_999)
    expect(looks).toEqual([])
    vi.advanceTimersByTime(101)
    expect(looks).toHaveLength(1)
    vi.advanceTimersByTime(25_899)
    expect(looks).toHaveLength(1)
    vi.advanceTimersByTime(101)
    expect(looks).toHaveLength(2)
    vi.advanceTimersByTime(100_000)
    expect(looks).toHaveLength(2)
  })

  test('sets no timer for a command whose deadline comes later than the one it watches', () => {
    const { arm, dog } = watched()
    const set = vi.spyOn(globalThis, 'setTimeout')
    for (let each = 0; each < 1_000; each++) {
      arm(5_000 + each)
      dog.rest()
    }
    expect(set).toHaveBeenCalledTimes(1)
  })
})

test('a call that was answered while this process stood still over its deadline is not late', async () => {
  const server = await testRedis()
  const link = new Link(redisTarget({ port: server.port }, 'main'))
  await link.open()
  for (const extraMs of [-1, 0, 1, 60, 400]) {
    const sent = link.send('PING', [], 200)
    const until = performance.now() + 200 + extraMs
    while (performance.now() < until);
    expect(await sent).toBe('PONG')
  }
  await link.close()
})
