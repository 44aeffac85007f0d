import { expect, test } from 'vitest'
import { isTrend, rise } from './trend.ts'

const wavering = [5, 3, 6, 2, 7, 4, 5, 3, 6, 4]

test('what wavers is no trend, and one figure out of line moves the rise little', () => {
  expect(isTrend(wavering)).toBe(false)
  expect(rise([0, 0, 0, 0, 90, 0, 0, 0, 0, 0])).toBe(0)
})

test('what rises while it wavers is a trend, and rises from the first to the last', () => {
  const rising = wavering.map((figure, at) => figure + 3 * at)
  expect(isTrend(rising)).toBe(true)
  expect(rise(rising)).toBeGreaterThan(20)
  expect(rise(rising)).toBeLessThan(34)
})
