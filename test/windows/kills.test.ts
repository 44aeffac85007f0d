import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Course, courseOf, type Grounds, groundsOn, stateOf, stores } from './grounds.ts'
import { operationsOn } from './operations.ts'
import { stepName } from './step-names.ts'
import { complaints, type Phase } from './verdict.ts'
import { Victims } from './victims.ts'

process.env.QUEUE_SQLITE_DRIVER = 'libsql'

let victims: Victims
beforeAll(async () => {
  victims = await Victims.gather()
})
afterAll(() => victims.forget())

/** Where nothing has been sent yet, or everything was answered, there is no doubt. */
function onlyPhase(at: number, count: number, when: Phase): Phase | undefined {
  if (at === 0 && when === 'before') return 'before'
  return at === count - 1 && when === 'after' ? 'after' : undefined
}

/** Before and after every request; in the ordinary tests a third of those after one that may change something. */
const isFull = Boolean(process.env.QUEUE_TEST_FULL)
const reads =
  /^(?:SELECT|PRAGMA|BEGIN IMMEDIATE|START TRANSACTION|SMEMBERS|HMGET|ZREVRANGEBYSCORE|CLIENT)\b[^;]*$/

/** Of an operation by its place in the list, so that the same ones are taken each time. */
function windowsOf({ steps, prefix }: Course, place: number) {
  const all = steps.flatMap((step, at) => {
    const name = stepName(step, prefix)
    return (['before', 'after'] as const).map((when) => ({ at, when, name }))
  })
  if (isFull) return all
  const changes = all.filter(({ when, name }) => when === 'after' && !reads.test(name))
  return changes.filter((_, at) => (at + place) % 3 === 0)
}

describe.each(stores)(
  'kill -9 before and after each request to %s leaves all as before or as after',
  (store) => {
    const operations = operationsOn(store)
    const courses = new Map<string, Course>()
    let grounds: Grounds

    // One after the other: requests are heard of in the whole process.
    beforeAll(async () => {
      grounds = await groundsOn(store)
      for (const { name } of operations) courses.set(name, await courseOf(grounds, name))
    }, 60_000)
    afterAll(() => grounds.stop())

    test.concurrent.each(operations)(
      '$name',
      async (operation) => {
        const course = courses.get(operation.name)!
        expect(course.steps.length).toBeGreaterThan(0)
        for (const { at, when, name } of windowsOf(course, operations.indexOf(operation))) {
          const place = grounds.place()
          const window = `${when} ${name} (request ${at + 1} of ${course.steps.length})`
          const end = await victims.run({ store, place, operation: operation.name, step: at + 1, when })
          expect(`${window}: ${end}`).toBe(`${window}: SIGKILL`)
          const only = onlyPhase(at, course.steps.length, when)
          const wrong = complaints(await stateOf(place, operation.name), course, operation, only)
          expect({ window, wrong }).toEqual({ window, wrong: [] })
        }
      },
      120_000,
    )
  },
)
