import { describe, expect, it } from 'vitest'
import { parseMoment } from '../../src/cli/moment.ts'
import { ConfigError } from '../../src/contract/errors.ts'

const now = Date.UTC(2026, 10, 22, 12)
const at = (text: string) => parseMoment(text, '--since', now)

describe('a time on the command line', () => {
  it('is how long ago it was', () => {
    const told = ['90s', '30m', '1h', '1.5h', '2d', '1w', ' 0s '].map((text) => now - at(text))
    expect(told).toEqual([90_000, 1_800_000, 3_600_000, 5_400_000, 172_800_000, 604_800_000, 0])
  })

  it('is local as tables print it, as short as one likes', () => {
    expect(at('2026-11-02 05:09:08')).toBe(new Date(2026, 10, 2, 5, 9, 8).getTime())
    expect(at('2026-11-02T05:09')).toBe(new Date(2026, 10, 2, 5, 9).getTime())
    expect(at('2026-11-02')).toBe(new Date(2026, 10, 2).getTime())
  })

  it('is that of its zone as JSON prints it', () => {
    expect(at('2026-11-02T05:09:08.123Z')).toBe(Date.UTC(2026, 10, 2, 5, 9, 8, 123))
    expect(at('2026-11-02T05:09:08.1Z')).toBe(Date.UTC(2026, 10, 2, 5, 9, 8, 100))
    expect(at('2026-11-02T05:09:08+08:00')).toBe(Date.UTC(2026, 10, 1, 21, 9, 8))
    expect(at('2026-11-02 05:09-0330')).toBe(Date.UTC(2026, 10, 2, 8, 39))
  })

  it.each([
    '',
    'yesterday',
    '1',
    '1 h',
    '-1h',
    '1y',
    '2026',
    '2026-13-01',
    '2026-02-30',
    '2026-11-02 24:00',
    '2026-11-02 05:60',
    '11/02/2026',
    '2026-11-02Z',
  ])('is not %j, which is refused by the name of its flag', (text) => {
    expect(() => at(text)).toThrow(ConfigError)
    expect(() => at(text)).toThrow(`--since is "${text}"; expected how long ago`)
  })
})
