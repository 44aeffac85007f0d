import { describe, expect, test } from 'vitest'
import { cardText, readCard } from '../../src/roster/card.ts'
import { cardOf } from './cards.ts'

const job = { id: '3', name: 'Mail', queue: 'default', attempts: 2, forMs: 40 }

describe('a worker’s card', () => {
  test('is read as it was written, with the age that the store tells', () => {
    const card = cardOf({ jobs: [job], running: 1, failed: null })
    expect(readCard({ id: 'other', text: cardText(card), ageMs: 700 })).toEqual({ ...card, ageMs: 700 })
  })

  test('of a later version is read all the same, and so is one that says less', () => {
    const text = JSON.stringify({ name: 'a', queues: ['x'], tomorrow: true })
    expect(readCard({ id: 'a', text, ageMs: 1 })).toMatchObject({
      id: 'a',
      name: 'a',
      queues: ['x'],
      host: '?',
    })
  })

  test.each([
    ['no JSON', 'nonsense'],
    ['no object', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a queue that is no text', '{"queues":[{}]}'],
    ['queues that are no list', '{"queues":"a,b"}'],
    ['a pid that is a text', '{"pid":"7"}'],
    ['a release that is a list', '{"release":["x"]}'],
    ['jobs without names', '{"jobs":[{"id":"1"}]}'],
    ['jobs that are null', '{"jobs":[null]}'],
  ])('is none when somebody wrote %s', (_, text) => {
    expect(readCard({ id: 'a', text, ageMs: 1 })).toBeNull()
  })
})
