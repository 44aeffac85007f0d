import { expect, onTestFinished, test } from 'vitest'
import { untilDue } from '../../src/connectors/database/wait.ts'
import { onArrival } from '../../src/connectors/database/wake.ts'
import { createDatabase } from '../../src/database/index.ts'
import { Child } from '../database/child.ts'
import { deletion, elapsed, envelope, openStore, request, tempFile } from './database-store.ts'

const never = new AbortController().signal
const longMs = 25_000

test('a wait ends at once for a push of this process, through another connector too', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const other = await openStore(file)
  const waiting = elapsed(store.wait(['q'], longMs, never))
  await other.push([envelope('q')])
  expect(await waiting).toBeLessThan(longMs / 2)
  expect(await store.reserve(request('q'))).toHaveLength(1)
})

test('a push and a retry ring for those of this process who wait, without any look at the file', async () => {
  const file = tempFile()
  const store = await openStore(file)
  let rings = 0
  onTestFinished(onArrival(createDatabase(file).location, () => rings++))
  await store.push([envelope('q')])
  expect(rings).toBe(1)
  const [reservation] = await store.reserve(request('q'))
  await store.settle([{ kind: 'bury', reservation: reservation!, reason: 'no' }])
  expect(rings).toBe(1)
  await store.failed.retry((await store.failed.all()).map(({ id }) => id))
  expect(rings).toBe(2)
})

test('what was pushed before the wait began ends it too', async () => {
  const store = await openStore(tempFile())
  await store.push([envelope('q')])
  expect(await elapsed(store.wait(['other', 'q'], longMs, never))).toBeLessThan(longMs / 2)
})

test('a wait ends for a push of another process', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const child = new Child('push-one.ts', [file])
  expect(await child.next()).toBe('ready')
  const waiting = elapsed(store.wait(['q'], longMs, never))
  child.send('push')
  expect(await waiting).toBeLessThan(longMs / 2)
  expect(await store.reserve(request('q'))).toHaveLength(1)
})

test('a wait ends when a delayed job falls due, also one that was pushed while it waited', async () => {
  const store = await openStore(tempFile())
  const waiting = elapsed(store.wait(['q'], longMs, never))
  await store.push([envelope('q', '"later"', 100)])
  expect(await waiting).toBeLessThan(longMs / 2)
  expect(await store.reserve(request('q'))).toHaveLength(1)
})

test('a wait ends when a lease does', async () => {
  const store = await openStore(tempFile())
  await store.push([envelope('q')])
  const short = { queues: ['q'], limit: 1, expireMs: 1_000 }
  expect(await store.reserve(short)).toHaveLength(1)
  expect(await elapsed(store.wait(['q'], longMs, never))).toBeLessThan(longMs / 2)
  const [again] = await store.reserve(short)
  expect(again?.attempts).toBe(2)
})

test('a wait for other queues sleeps on, to its time-out', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const other = await openStore(file)
  let ended = false
  const waiting = store.wait(['idle'], 300, never).then(() => {
    ended = true
  })
  await other.push([envelope('q')])
  const [reservation] = await other.reserve(request('q'))
  await other.settle([deletion(reservation!)])
  expect(ended).toBe(false)
  await waiting
})

test('an aborted wait ends at once, also one that was aborted before', async () => {
  const store = await openStore(tempFile())
  const controller = new AbortController()
  const waiting = elapsed(store.wait(['q'], longMs, controller.signal))
  controller.abort()
  expect(await waiting).toBeLessThan(longMs / 2)
  expect(await elapsed(store.wait(['q'], longMs, controller.signal))).toBeLessThan(longMs / 2)
})

test('closing ends a wait', async () => {
  const store = await openStore(tempFile())
  const waiting = elapsed(store.wait(['q'], longMs, never))
  await new Promise((resolve) => setImmediate(resolve))
  await store.close()
  expect(await waiting).toBeLessThan(longMs / 2)
})

test('a wait that has ended leaves no timer behind', async () => {
  const child = new Child('wait-once.ts', [tempFile()])
  expect(await child.next()).toEqual({ before: 0, during: 1, after: 0 })
})

test('a wait ends only when the store has said that something is due, however long its answers travel', async () => {
  const dueAt = performance.now() + 60
  const answers: number[] = []
  const slow = {
    location: 'slow',
    closed: false,
    version: async () => null,
    restMs: () => 1_000,
    async dueInMs() {
      answers.push(dueAt - performance.now())
      await new Promise((resolve) => setTimeout(resolve, 80)) // Longer than what it tells.
      return answers.at(-1)!
    },
  }
  await untilDue(slow, longMs, never)
  expect(answers.at(-1)).toBeLessThanOrEqual(0)
})
