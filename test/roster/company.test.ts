import { describe, expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { cardText } from '../../src/roster/card.ts'
import { companyOf, listed, silentAfterMs, stateOf, strangeIn } from '../../src/roster/company.ts'
import { cardOf } from './cards.ts'

const me = cardOf({ id: 'me', pid: 1 })
const company = (card: ReturnType<typeof cardOf>, isAlive = true) => companyOf(me, [me, card], () => isAlive)

describe('whom a worker has for company', () => {
  test('is whoever takes from one of its queues and was heard of', () => {
    expect(company(cardOf({ queues: ['a', 'default'] }))).toHaveLength(1)
    expect(company(cardOf({ queues: ['a'] }))).toEqual([])
    expect(company(cardOf({ ageMs: silentAfterMs }))).toEqual([])
  })

  test('is not one whose process is gone, where its id means a process of this machine', () => {
    expect(company(cardOf(), false)).toEqual([])
    expect(company(cardOf({ host: 'db' }), false)).toHaveLength(1)
    expect(company(cardOf({ pids: 'pid:[2]' }), false)).toHaveLength(1)
  })

  test('is not another child of its parent, nor the parent itself', () => {
    const child = cardOf({ id: 'me', pid: 1, parent: 9 })
    const meets = (card: ReturnType<typeof cardOf>) => companyOf(child, [card], () => true)
    expect(meets(cardOf({ parent: 9 }))).toEqual([])
    expect(meets(cardOf({ pid: 9 }))).toEqual([])
    expect(meets(cardOf({ parent: 9, host: 'db' }))).toHaveLength(1)
    expect(meets(cardOf({ parent: 8 }))).toHaveLength(1)
  })

  test('is here, silent or gone', () => {
    const states = (card: ReturnType<typeof cardOf>) =>
      [true, false].map((isAlive) => stateOf(me, card, () => isAlive))
    expect(states(cardOf())).toEqual(['here', 'gone'])
    expect(states(cardOf({ host: 'db' }))).toEqual(['here', 'here'])
    expect(states(cardOf({ ageMs: silentAfterMs }))).toEqual(['silent', 'gone'])
  })

  test('is strange by its host, its project and its release, and by nothing else', () => {
    expect(strangeIn(me, cardOf({ user: 'root', environment: 'test', pid: 5 }))).toEqual([])
    const other = cardOf({ host: 'db', folder: '/old', release: null })
    expect(strangeIn(me, other)).toEqual(['host', 'folder', 'release'])
  })

  test('is found in the store, by name, without what is no card', async () => {
    const { roster } = new MemoryConnector()
    await roster.note('2', cardText(cardOf({ name: 'b' })), 1_000)
    await roster.note('1', cardText(cardOf({ name: 'a' })), 1_000)
    await roster.note('3', 'nonsense', 1_000)
    expect((await listed(roster)).map(({ name }) => name)).toEqual(['a', 'b'])
  })
})
