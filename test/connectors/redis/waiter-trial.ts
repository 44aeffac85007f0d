import { expect, onTestFinished, vi } from 'vitest'
import { Awake } from '../../../src/connectors/redis/awake.ts'
import { Keys } from '../../../src/connectors/redis/keys.ts'
import { Link } from '../../../src/connectors/redis/link.ts'
import type { Outlook } from '../../../src/connectors/redis/look-ahead.ts'
import type { RedisTarget } from '../../../src/connectors/redis/target.ts'
import type { WaitRequest } from '../../../src/connectors/redis/waiter.ts'
import type { RedisServer } from '../../redis-server.ts'

export interface Trial {
  readonly link: Link
  readonly keys: Keys
  readonly awake: Awake
  /** Resolves when these queues are waited for and listened to, and nothing is left to end a wait. */
  settle(queues?: readonly string[]): Promise<void>
  /** Waits for the queue `mail`, for long. */
  wait(request?: Partial<WaitRequest>): Promise<Outlook>
}

/** What waits and listens at a server on this port, for the running test alone. */
export async function trialAt(port: number, target: Partial<RedisTarget> = {}): Promise<Trial> {
  const full: RedisTarget = {
    kind: 'single',
    addresses: [{ host: '127.0.0.1', port }],
    db: 0,
    prefix: '',
    tagged: false,
    connectMs: 1_000,
    ...target,
  }
  const link = new Link(full)
  const keys = new Keys(full)
  const awake = new Awake({
    keys,
    isCluster: link.isCluster,
    wire: async () => {
      await link.open()
      return link
    },
    another: (role) => link.duplicate(role),
  })
  onTestFinished(async () => {
    await awake.close()
    await link.close()
  })
  await link.open()
  const { signal } = new AbortController()
  const usual = { queues: ['mail'], dueInMs: Infinity, timeoutMs: 600_000, signal }
  const wait = (request: Partial<WaitRequest> = {}) => awake.wait({ ...usual, ...request })
  const settle = async (queues = usual.queues) => {
    await wait({ queues, timeoutMs: 1 })
    for (const queue of queues) await listening(link, keys.of(queue).wake)
    let outlook: Outlook
    do outlook = await wait({ queues, timeoutMs: 10 })
    while (!outlook.isEmpty)
  }
  return { link, keys, awake, wait, settle }
}

/** How long it took, ms. */
export async function took(work: Promise<unknown>): Promise<number> {
  const at = performance.now()
  await work
  return performance.now() - at
}

/** Resolves when the server holds so many blocked connections. */
export async function blocked(server: RedisServer, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const info = (await server.cli('INFO', 'clients')) as string
      expect(Number(/blocked_clients:(\d+)/.exec(info)![1])).toBe(count)
    },
    { timeout: 5_000, interval: 5 },
  )
}

/** One line for each connection the server has. */
export async function clients(server: RedisServer): Promise<readonly string[]> {
  return ((await server.cli('CLIENT', 'LIST')) as string).trim().split('\n')
}

/** Resolves when somebody listens on a channel. */
export async function listening(link: Link, channel: string): Promise<void> {
  await vi.waitFor(async () => expect(await link.send('PUBSUB', ['NUMSUB', channel])).toEqual([channel, 1]), {
    timeout: 5_000,
    interval: 5,
  })
}
