import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from '../../src/contract/near.ts'

describe('near names', () => {
  const keys = ['connector', 'connection', 'connections', 'expire', 'timeout', 'tries']

  it('finds a swap, a missing, an extra and a wrong letter, whatever the capitals', () => {
    for (const typo of ['tmieout', 'timout', 'timeoutt', 'tineout', 'TimeOut'])
      expect(nearest(typo, keys)).toEqual(['timeout'])
  })

  it('puts the nearest first and answers three at most', () => {
    expect(nearest('conection', keys)).toEqual(['connection', 'connections'])
    expect(nearest('ab', ['aa', 'bb', 'ac', 'ad', 'ae'])).toHaveLength(3)
  })

  it('stays silent when nothing is near', () => {
    expect(nearest('zebra', keys)).toEqual([])
    expect(didYouMean('zebra', keys)).toBe('')
  })

  it('asks the question a message ends with', () => {
    expect(didYouMean('expires', keys)).toBe(' (did you mean "expire"?)')
  })

  it('does not compare words of endless length', () => {
    expect(nearest('x'.repeat(1_000_000), ['x'.repeat(1_000_000), 'y'])).toEqual([])
  })
})
