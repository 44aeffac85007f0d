import { expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { Roster } from '../../src/contract/roster.ts'
import { Attendance, beatMs } from '../../src/roster/attendance.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { cardOf } from './cards.ts'

/** A roster that is asked, and what it is told of. */
function rig(more: Partial<Roster> = {}) {
  const clock = new FakeClock()
  const { roster } = new MemoryConnector({ clock })
  const noted: string[] = []
  let upMs = 0
  const watched: Roster = {
    ...roster,
    note: async (id, text, ttlMs) => {
      noted.push(text)
      await roster.note(id, text, ttlMs)
    },
    ...more,
  }
  const attendance = new Attendance({
    roster: watched,
    clock,
    card: () => cardOf({ id: 'me', upMs: upMs++ }),
  })
  return { clock, roster, noted, attendance }
}

test('a worker says that it is there at once, soon again, and then every few seconds', async () => {
  const { clock, noted, attendance, roster } = rig()
  attendance.begin()
  expect(noted).toHaveLength(1)
  await clock.advance(1_000)
  expect(noted).toHaveLength(2)
  await clock.advance(beatMs - 1)
  expect(noted).toHaveLength(2)
  await clock.advance(1)
  expect(noted).toHaveLength(3)
  expect((await roster.all()).map(({ id }) => id)).toEqual(['me'])
  expect(new Set(noted).size).toBe(3)
})

test('a worker that says nothing any more stays for a while, as a job may block it', async () => {
  const { clock, attendance, roster } = rig()
  await attendance.say()
  await clock.advance(89_000)
  expect(await roster.all()).toHaveLength(1)
  await clock.advance(2_000)
  expect(await roster.all()).toHaveLength(0)
})

test('a store that does not answer is asked once at a time, and again when it did', async () => {
  let answer = (_: unknown) => {}
  let asked = 0
  const note = () => {
    asked++
    return new Promise<void>((_, reject) => {
      answer = reject
    })
  }
  const { clock, attendance } = rig({ note })
  attendance.begin()
  await clock.advance(3 * beatMs)
  expect(asked).toBe(1)
  answer(new Error('gone away'))
  await clock.advance(beatMs)
  expect(asked).toBe(2)
})

test('a worker that ends is listed no longer, also when it was just about to say that it is there', async () => {
  let arrives = () => {}
  const held = new Promise<void>((resolve) => {
    arrives = resolve
  })
  const { roster: memory } = rig()
  const { attendance, clock } = rig({
    ...memory,
    note: async (id, text, ttlMs) => {
      await held
      await memory.note(id, text, ttlMs)
    },
  })
  attendance.begin()
  const ended = attendance.end()
  arrives()
  await ended
  expect(await memory.all()).toEqual([])
  await clock.advance(3 * beatMs)
  expect(await memory.all()).toEqual([])
})

test('a worker that never said anything asks nothing of the store at its end', async () => {
  let asked = 0
  const leave = async () => {
    asked++
  }
  await rig({ leave }).attendance.end()
  expect(asked).toBe(0)
})
