import { expect, test } from 'vitest'
import { Way } from '../../../src/connectors/redis/way.ts'

test('nothing is known of a way before the first answer', () => {
  expect(new Way().ms).toBe(0)
})

test('the way is half of what the quickest answer took', () => {
  const way = new Way()
  for (const ms of [0.6, 0.4, 0.9]) way.took(ms)
  expect(way.ms).toBeCloseTo(0.2, 1)
  expect(way.ms).toBeGreaterThan(0.19)
})

test('a way that became longer is believed little by little', () => {
  const way = new Way()
  way.took(0.2)
  way.took(0.8)
  expect(way.ms).toBeLessThan(0.12)
  for (let answers = 0; answers < 50; answers++) way.took(0.8)
  expect(way.ms).toBeCloseTo(0.4)
})

test('of a way of more than half a millisecond nothing is said: there and back may differ', () => {
  const way = new Way()
  way.took(1.2)
  expect(way.ms).toBe(0)
})
