import { beforeEach, describe, expect, test } from 'vitest'
import type { Context } from '../../src/compose.ts'
import { seeded } from '../seeded.ts'
import { type TcpProxy, testProxy } from '../tcp-proxy.ts'
import { OutboxRig, until } from './outbox-rig.ts'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

const isTerm = (request: string) => request.includes('thinkq:terms')
const isTake = (request: string) => request.includes('thinkq:outbox:') && request.includes(':tokens')
const isForget = (request: string) => request.includes('thinkq:outbox:') && !request.includes(':tokens')
const steps = { term: isTerm, take: isTake, forget: isForget }

/** What a network does to the next request that matches. Answers what lets it arrive late, if it still may. */
type Trouble = (proxy: TcpProxy, matches: (request: string) => boolean) => Promise<(() => void) | undefined>

const troubles: Readonly<Record<string, Trouble>> = {
  'never arrives': async (proxy, matches) => {
    await proxy.loseRequest(matches)
    return undefined
  },
  'is carried out, and its answer lost': async (proxy, matches) => {
    await proxy.dropReplies(matches)
    proxy.cut()
    return undefined
  },
  'arrives after everything else': (proxy, matches) => proxy.holdRequest(matches, matches),
}

async function push(context: Context, numbers: readonly number[]): Promise<void> {
  const [queue, database] = [context.queue(), rig.database()]
  for (const number of numbers)
    await database.transaction(async (tx) => {
      await tx.execute(`INSERT INTO ${rig.orders} VALUES ()`)
      await queue.push('Notice', number, { tx })
    })
}

/** Everything has been moved, marks included. */
async function atRest(): Promise<void> {
  await until(async () => (await rig.rows()) === 0, 20_000)
}

async function scripts(): Promise<number> {
  const text = String(await rig.redis.cli('INFO', 'commandstats'))
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(text)?.[1] ?? 0)
}

describe.each(['producer', 'relay'])('of a %s', (role) => {
  test.each(
    Object.keys(steps).flatMap((step) => Object.keys(troubles).map((trouble) => [step, trouble] as const)),
  )('a "%s" that %s loses no job and doubles none', async (step, trouble) => {
    const proxy = await testProxy(rig.redis.port)
    const sender = await rig.context(undefined, proxy.url)
    await sender.connector.open()
    const other = await rig.context()
    if (role === 'relay') {
      other.connector.outbox!.take = async () => false
      await push(other, [1, 2, 3])
      await other.close()
    }
    const sprung = troubles[trouble]!(proxy, steps[step as keyof typeof steps])
    if (role === 'relay') sender.relay()!.start()
    else await push(sender, [1, 2, 3])
    const arrive = await sprung
    const worker = await rig.context()
    worker.relay()!.start()
    await atRest()
    expect((await rig.jobs('default')).toSorted()).toEqual([1, 2, 3])
    if (arrive === undefined) return
    const before = await scripts()
    arrive()
    await until(async () => (await scripts()) > before)
    expect((await rig.jobs('default')).toSorted()).toEqual([1, 2, 3])
  })
})

test('through a slow network that is cut again and again nothing is lost and nothing doubled', async () => {
  const proxy = await testProxy(rig.redis.port)
  proxy.delay(4)
  const random = seeded(7)
  const [sender, worker] = [await rig.context(undefined, proxy.url), await rig.context(undefined, proxy.url)]
  await Promise.all([sender.connector.open(), worker.connector.open()])
  worker.relay()!.start()
  const pushed: number[] = []
  for (let cuts = 0; cuts < 40; cuts++) {
    const some = Array.from({ length: 1 + random(12) }, (_, at) => pushed.length + at)
    await push(sender, some)
    pushed.push(...some)
    // Somewhere in what the sender does after the last commit.
    await new Promise((resolve) => setTimeout(resolve, random(15)))
    proxy.cut()
  }
  await atRest()
  expect((await rig.jobs('default')).toSorted((a, b) => Number(a) - Number(b))).toEqual(pushed)
})

test('a producer and a relay close although the database has become a black hole', async () => {
  const proxy = await testProxy(Number(new URL(rig.url).port))
  const url = new URL(rig.url)
  url.port = String(proxy.port)
  const [sender, worker] = [await rig.context(String(url)), await rig.context(String(url))]
  const queue = sender.queue()
  const commit = () => rig.database().transaction((tx) => queue.push('Notice', 1, { tx }))
  await commit()
  await atRest()
  worker.relay()!.start()
  proxy.blackHole(true)
  await commit()
  await until(async () => (await rig.jobs('default')).length === 2)
  const since = performance.now()
  await Promise.all([queue.close(), worker.close()])
  expect(performance.now() - since).toBeLessThan(6_000)
})
