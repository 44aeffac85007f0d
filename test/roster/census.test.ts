import { expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import { Attendance } from '../../src/roster/attendance.ts'
import { cardText } from '../../src/roster/card.ts'
import { census } from '../../src/roster/census.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { cardOf } from './cards.ts'

const queue = 'default'

/** A queue of ten jobs, with workers that register and take some of them, and others that only take. */
async function rig() {
  const clock = new FakeClock()
  const store = new MemoryConnector({ store: new MemoryStore(), clock })
  await store.push(
    Array.from({ length: 10 }, (_, at) => ({ id: `${at}`, queue, job: 'J', body: '{}', delayMs: 0 })),
  )
  const dead = new Set<number>()
  const take = (limit: number) => store.reserve({ queues: [queue], limit, expireMs: null })
  let pids = 0
  const worker = (host = 'here') => {
    const pid = ++pids
    const taken: Record<string, number> = {}
    const since = clock.monotonic()
    const card = () =>
      cardOf({ id: `w${pid}`, pid, host, taken: { ...taken }, upMs: clock.monotonic() - since, ageMs: 0 })
    const attendance = new Attendance({ roster: store.roster, clock, card })
    attendance.begin()
    return {
      attendance,
      card,
      pid,
      async takes(limit: number) {
        await take(limit)
        taken[queue] = (taken[queue] ?? 0) + limit
      },
    }
  }
  const counted = async (meanwhile: () => Promise<unknown>) => {
    const here = { host: 'here', pids: 'pid:[1]' }
    const isAlive = (pid: number) => !dead.has(pid)
    const callRoll = async () => undefined
    const counting = census({ store, queue, clock, callRoll, here, isAlive }, async () => {
      await clock.advance(2_000)
      await meanwhile()
      await clock.advance(2_000)
    })
    let isOver = false
    void counting.then(() => {
      isOver = true
    })
    for (let waited = 0; !isOver && waited < 60; waited++) await clock.advance(1_000)
    return counting
  }
  return { clock, store, dead, take, worker, counted }
}

test('what nobody who is registered took was taken by others', async () => {
  const { counted, take, worker } = await rig()
  const one = worker()
  const found = await counted(async () => {
    await one.takes(3)
    await take(4)
  })
  expect(found).toEqual({ left: 7, registered: 3, others: 4, silent: [] })
})

test('what registered workers took before does not count, and what a new one and one that left took does', async () => {
  const { counted, clock, take, worker } = await rig()
  const [old, leaving] = [worker(), worker()]
  await old.takes(2)
  await clock.advance(6_000)
  const found = await counted(async () => {
    await leaving.takes(1)
    await leaving.attendance.end()
    await worker().takes(2)
    await take(1)
  })
  expect(found).toEqual({ left: 4, registered: 3, others: 1, silent: [] })
})

test('a worker that left without having taken anything hides nothing', async () => {
  const { counted, take, worker } = await rig()
  const one = worker()
  const found = await counted(async () => {
    await one.attendance.end()
    await take(2)
  })
  expect(found).toMatchObject({ registered: 0, others: 2 })
})

test('nobody can tell while a registered worker says nothing, or has died meanwhile', async () => {
  const { counted, dead, take, worker } = await rig()
  const one = worker()
  const stops = async () => {
    await one.takes(1)
    await take(1)
    Object.assign(one.attendance, { say: () => new Promise(() => {}) })
    dead.add(one.pid)
  }
  const found = await counted(stops)
  expect(found).toMatchObject({ left: 2, registered: null, others: null, silent: [{ id: 'w1' }] })
})

test('who was dead before takes nothing', async () => {
  const { counted, clock, dead, take, worker } = await rig()
  const one = worker()
  await one.takes(1)
  Object.assign(one.attendance, { say: () => new Promise(() => {}) })
  dead.add(one.pid)
  await clock.advance(1_000)
  expect(await counted(() => take(2))).toEqual({ left: 2, registered: 0, others: 2, silent: [] })
})

test('a card that was written before a job was taken, and came after the end, does not hide who took it', async () => {
  const { counted, clock, store, take, worker } = await rig()
  const one = worker()
  const found = await counted(async () => {
    const late = cardText(one.card())
    clock.after(2_500, () => void store.roster.note('w1', late, 90_000))
    await one.takes(2)
    await take(1)
  })
  expect(found).toEqual({ left: 3, registered: 2, others: 1, silent: [] })
})
