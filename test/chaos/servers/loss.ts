import { setTimeout as sleep } from 'node:timers/promises'
import { isPullConnector } from '../../../src/contract/connector.ts'
import { QueueError } from '../../../src/contract/errors.ts'
import { createQueue } from '../../../src/facade.ts'
import type { QueueClient } from '../../../src/queue.ts'
import { seeded } from '../../seeded.ts'
import type { Setting } from './victim.ts'

/** What was gone after a server had been killed. */
export interface Loss {
  readonly setting: string
  readonly version: string
  readonly node: string
  /** The day, UTC. */
  readonly date: string
  readonly seed: number
  /** Pushes that it had answered for. */
  readonly answered: number
  readonly lost: number
  /** How long before the server was gone the first of the lost had been answered for; 0: none was lost. */
  readonly windowMs: number
}

/** So many pushes are on their way at any time. */
const inFlight = 32

/** Pushes without a pause to a server that is killed on the way, and counts what is there when all is done. */
export async function lossOf({ name, start }: Setting, seed: number): Promise<Loss> {
  const victim = await start()
  try {
    const producer = createQueue(victim.config)
    await producer.open()
    const answered = new Map<string, number>()
    const end = new AbortController()
    const pushing = Array.from({ length: inFlight }, (_, lane) =>
      pushes(producer, lane, answered, end.signal),
    )
    await sleep(1_500 + seeded(seed)(1_500))
    end.abort()
    const goneAt = performance.now()
    const after = await victim.fail()
    await Promise.all(pushing)
    await producer.close()
    const there = await namesIn(createQueue(after))
    const lost = [...answered].filter(([job]) => !there.has(job)).map(([, at]) => at)
    return {
      setting: name,
      version: victim.version,
      node: process.versions.node,
      date: new Date().toISOString().slice(0, 10),
      seed,
      answered: answered.size,
      lost: lost.length,
      windowMs: lost.length === 0 ? 0 : goneAt - Math.min(...lost),
    }
  } finally {
    await victim.stop()
  }
}

/** One after the other; what was on its way at the end may be stored or not. */
async function pushes(
  queue: QueueClient,
  lane: number,
  answered: Map<string, number>,
  end: AbortSignal,
): Promise<void> {
  for (let count = 0; !end.aborted; count++) {
    const job = `${lane}-${count}`
    try {
      await queue.push('Any', { job }, 'loss')
      answered.set(job, performance.now())
    } catch (error) {
      if (end.aborted && error instanceof QueueError) return
      throw error
    }
  }
}

/** Takes all that is there. */
async function namesIn(queue: QueueClient): Promise<ReadonlySet<string>> {
  try {
    const { connector } = await queue.open()
    if (!isPullConnector(connector)) throw new Error(`${connector.name} is no queue`)
    const names = new Set<string>()
    for (;;) {
      const some = await connector.reserve({ queues: ['loss'], limit: 1_000, expireMs: null })
      if (some.length === 0) return names
      for (const { body } of some) names.add((JSON.parse(body) as { data: { job: string } }).data.job)
    }
  } finally {
    await queue.close()
  }
}
