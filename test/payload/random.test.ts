import { expect, it } from 'vitest'
import { MalformedPayload } from '../../src/contract/errors.ts'
import { decodePayload, encodeData, encodePayload, jobId, jobNameOf } from '../../src/payload.ts'
import { seeded } from './fixtures.ts'

/** Data of every kind that comes back as it went: -0 and unsafe floats apart. */
function randomData(random: () => number, depth = 0): unknown {
  const pick = Math.floor(random() * (depth > 4 ? 7 : 10))
  if (pick === 0) return null
  if (pick === 1) return random() < 0.5
  if (pick === 2) return Math.floor((random() - 0.5) * 2 ** 53) || 0
  if (pick === 3) return (random() - 0.5) * 10 ** Math.floor(random() * 30 - 20) || 1.5
  if (pick === 4)
    return (random() < 0.5 ? 1n : -1n) * (2n ** 53n + BigInt(Math.floor(random() * 2 ** 50)) * 1021n)
  if (pick < 7) return randomText(random)
  const length = Math.floor(random() * 6)
  const items = Array.from({ length }, () => randomData(random, depth + 1))
  if (pick === 7) return items
  return Object.fromEntries(items.map((item) => [randomText(random), item]))
}

function randomText(random: () => number): string {
  const tricky = [
    '"',
    '\\',
    '/',
    '中',
    '😀',
    '\0',
    '\x7f',
    '\u2028',
    '9223372036854775807',
    '"attempts":5',
    ':',
    ',',
    'a',
    '__proto__',
  ]
  return Array.from(
    { length: Math.floor(random() * 8) },
    () => tricky[Math.floor(random() * tricky.length)],
  ).join('')
}

it('5,000 random payloads come back as they went in', () => {
  for (let seed = 1; seed <= 5000; seed++) {
    const data = randomData(seeded(seed))
    const id = jobId(seed)
    const body = encodePayload('member', { job: 'a\\B/c@d', data: encodeData(data), id })
    expect(decodePayload(body, 'bigint'), `seed ${seed}`).toStrictEqual({
      job: 'a\\B/c@d',
      data,
      id,
      attempts: 1,
    })
  }
})

it('2,000 mutated payloads are read or refused, and nothing else is thrown', () => {
  let refused = 0
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seeded(seed)
    const data = encodeData([randomData(random), 9007199254740993n])
    let body = encodePayload('member', { job: 'Job1', data, id: jobId(seed) })
    for (let times = 1 + Math.floor(random() * 4); times > 0; times--) body = mutate(body, random)
    try {
      decodePayload(body, 'bigint')
    } catch (error) {
      refused++
      expect(error, `seed ${seed}: ${body}`).toBeInstanceOf(MalformedPayload)
    }
    expect(() => jobNameOf(body)).not.toThrow()
  }
  expect(refused).toBeGreaterThan(500)
  expect(refused).toBeLessThan(2000)
})

function mutate(body: string, random: () => number): string {
  const at = Math.floor(random() * body.length)
  const pieces = [
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '0',
    '9'.repeat(20),
    '-',
    'null',
    '\ufeff',
    '\ud800',
    '[['.repeat(400),
  ]
  const piece = pieces[Math.floor(random() * pieces.length)]!
  const kind = random()
  if (kind < 0.3) return body.slice(0, at) + body.slice(at + 1)
  if (kind < 0.6) return body.slice(0, at) + piece + body.slice(at)
  if (kind < 0.9) return body.slice(0, at) + piece + body.slice(at + 1)
  return body.slice(0, at)
}
