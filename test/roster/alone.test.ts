import { expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import { systemClock } from '../../src/process/clock.ts'
import { listedAlone } from '../../src/roster/alone.ts'
import { cardText } from '../../src/roster/card.ts'
import { cardOf } from './cards.ts'

/** Workers of one store, each of which asks for itself. */
function crew() {
  const store = new MemoryStore()
  return (id: string) => {
    const { roster, cache } = new MemoryConnector({ store })
    const me = cardOf({ id, pid: Number(id) })
    const say = () => roster.note(id, cardText(me), 60_000)
    return listedAlone({ me, roster, cache, clock: systemClock, isAlive: () => true, say })
  }
}

test('of workers that ask at the same time to be alone, one is listed, and the others are told of it', async () => {
  const asks = crew()
  const [first, ...others] = await Promise.all(['1', '2', '3'].map(asks))
  expect(first).toEqual([])
  expect(others.map((found) => found.map(({ id }) => id))).toEqual([['1'], ['1']])
})
