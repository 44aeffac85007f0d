import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SandboxPool, SandboxUnavailable } from '../../src/sandbox/pool.ts'
import type { Host, HostEvents } from '../../src/sandbox/sandbox.ts'

/** A host that does what the test says. */
class Hosted implements Host {
  readonly events: HostEvents
  isKilled = false
  isHeld = true
  constructor(events: HostEvents) {
    this.events = events
  }
  send(): void {}
  kill(): void {
    if (this.isKilled) return
    this.isKilled = true
    this.events.ended('was killed')
  }
  hold(isHeld: boolean): void {
    this.isHeld = isHeld
  }
}

function poolOf(most: number) {
  const hosts: Hosted[] = []
  const troubles: string[] = []
  const start = (events: HostEvents) => {
    const host = new Hosted(events)
    hosts.push(host)
    return host
  }
  const pool = new SandboxPool({ start, most, troubled: (what) => troubles.push(what) })
  /** Takes one; those that start get ready meanwhile. */
  const take = async () => {
    const taken = pool.take()
    for (const { events } of hosts) events.heard({ kind: 'ready' })
    return taken
  }
  return { pool, hosts, troubles, take }
}

test('one is started ahead, and another as soon as that one is taken, up to as many as jobs', async () => {
  const { pool, hosts, take } = poolOf(3)
  pool.warm()
  pool.warm()
  expect(hosts).toHaveLength(1)
  await take()
  expect(hosts).toHaveLength(2)
  await take()
  await take()
  expect(hosts).toHaveLength(3)
  pool.close()
})

test('one that has done its work is taken again, before one that only starts', async () => {
  const { pool, hosts, take } = poolOf(2)
  const first = await take()
  expect(hosts).toHaveLength(2)
  expect(hosts[0]!.isHeld).toBe(true)
  pool.giveBack(first, false)
  expect(hosts[0]!.isHeld).toBe(false)
  expect(await pool.take()).toBe(first)
  pool.close()
})

test('a worn one is ended, and the next one starts at once', async () => {
  const { pool, hosts, troubles, take } = poolOf(1)
  const first = await take()
  pool.giveBack(first, true)
  expect(hosts.map(({ isKilled }) => isKilled)).toEqual([true, false])
  expect(await take()).not.toBe(first)
  expect(troubles).toEqual([])
  pool.close()
})

test('one that ended at its work is replaced at once, and is never taken again', async () => {
  const { pool, hosts, troubles, take } = poolOf(1)
  const first = await take()
  hosts[0]!.events.ended('had its process ended by SIGSEGV')
  await turn()
  expect(hosts).toHaveLength(2)
  pool.giveBack(first, false)
  expect(await take()).not.toBe(first)
  expect(troubles).toEqual([])
  pool.close()
})

test('one that ends while it has no work is told of, and replaced when it is wanted', async () => {
  const { pool, hosts, troubles, take } = poolOf(1)
  pool.giveBack(await take(), false)
  hosts[0]!.events.ended('ended its process with code 1')
  await turn()
  expect(troubles).toEqual(['a sandbox that ran no job ended its process with code 1'])
  expect(hosts).toHaveLength(1)
  await take()
  expect(hosts).toHaveLength(2)
  pool.close()
})

test('an error that a job left behind ends its sandbox, and is told of', async () => {
  const { pool, hosts, troubles, take } = poolOf(1)
  pool.giveBack(await take(), false)
  hosts[0]!.events.heard({ kind: 'crashed', thrown: { kind: 'value', value: 'too late' } })
  expect(hosts[0]!.isKilled).toBe(true)
  await turn()
  expect(troubles).toEqual([
    expect.stringContaining('left behind threw an error that nobody caught: too late'),
  ])
  pool.close()
})

test('one that cannot start is said to whoever waits for it, and the next one is tried anew', async () => {
  const { pool, hosts, troubles, take } = poolOf(1)
  pool.warm()
  hosts[0]!.events.ended('ended its process with code 2')
  await expect(pool.take()).rejects.toThrow(SandboxUnavailable)
  await take()
  expect(hosts).toHaveLength(2)
  expect(troubles).toEqual([])
  pool.close()
})

test('a closed pool ends all of them and starts no more', async () => {
  const { pool, hosts, troubles, take } = poolOf(2)
  await take()
  pool.close()
  expect(hosts.map(({ isKilled }) => isKilled)).toEqual([true, true])
  await expect(pool.take()).rejects.toThrow('the worker ends')
  await turn()
  expect(hosts).toHaveLength(2)
  expect(troubles).toEqual([])
})
