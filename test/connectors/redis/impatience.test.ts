import { expect, test } from 'vitest'
import { Impatience } from '../../../src/connectors/redis/impatience.ts'

/** An event loop of which the test has the clock, and turns only when told. */
function rigged() {
  let now = 0
  let next: (() => void) | undefined
  const impatience = new Impatience({
    now: () => now,
    turn: (turn) => {
      next = turn
    },
  })
  /** One answer that takes so long, while the loop turns every 0.05 ms as long as it is kept awake; answers how often it did. */
  const answer = async (tookMs: number) => {
    let arrive = () => {}
    const awaited = impatience.awaiting(
      new Promise<void>((resolve) => {
        arrive = resolve
      }),
    )
    const until = now + tookMs
    let turns = 0
    while (next !== undefined && now + 0.05 < until) {
      const turn = next
      next = undefined
      now += 0.05
      turns++
      turn()
    }
    now = until
    arrive()
    await awaited
    next?.()
    next = undefined
    return turns
  }
  const answers = async (count: number, tookMs: number) => {
    for (let each = 0; each < count; each++) await answer(tookMs)
  }
  return { answer, answers }
}

test('while answers are quick the loop is kept awake until the next one is there', async () => {
  const { answer, answers } = rigged()
  expect(await answer(0.12)).toBe(0)
  await answers(20, 0.1)
  expect(await answer(0.12)).toBe(2)
})

test('no longer than 0.3 ms for one answer', async () => {
  const { answer, answers } = rigged()
  await answers(20, 0.1)
  expect(await answer(500)).toBeLessThanOrEqual(7)
})

test('for answers that usually take longer nobody stays awake, and one slow answer is soon forgotten', async () => {
  const { answer, answers } = rigged()
  await answers(20, 0.1)
  await answers(10, 5)
  expect(await answer(0.1)).toBe(0)
  await answers(60, 0.1)
  expect(await answer(0.12)).toBe(2)
})
