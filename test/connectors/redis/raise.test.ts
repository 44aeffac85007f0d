import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { raiseLua } from '../../../src/connectors/redis/lua/raise.ts'
import { memberFacts, renewed, spent, unspent } from '../../../src/connectors/redis/member.ts'
import { patchAttempts } from '../../../src/payload.ts'
import { type SomeRedis, someRedis } from '../../redis-server.ts'
import { type Random, seeded } from '../../seeded.ts'

let server: SomeRedis
let redis: Redis
beforeAll(async () => {
  server = await someRedis()
  redis = new Redis(server.url)
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

/** What Redis makes of a body whose lease ended; null when it finds no number to raise. */
async function raised(body: string): Promise<string | null> {
  return (await redis.eval(`${raiseLua}return raise(ARGV[1]) or false`, 0, body)) as string | null
}

const odd: Readonly<Record<string, string>> = {
  'attempts first': '{"attempts":4,"job":"J","data":1,"id":"x"}',
  'white space': '{ "job" : "J", "data" : [ 1 , 2 ] , "id":"x" ,\n "attempts"\t: 9 \n}',
  'attempts inside the data': '{"job":"J","data":{"attempts":7,"a":[{"attempts":8}]},"attempts":3,"id":"x"}',
  'attempts as a value': '{"job":"attempts","data":"attempts","attempts":1,"id":"attempts"}',
  'attempts as a value at the end': '{"attempts":1,"job":"J","data":1,"id":"attempts"}',
  'a text that looks the same': '{"job":"J","data":"\\"attempts\\":5}","id":"x","attempts":12 }',
  'back-slashes before quotes': '{"job":"J","data":"\\\\\\\\","id":"\\\\","attempts":1 }',
  'two of them': '{"attempts":1,"job":"J","data":1,"id":"x","attempts":6 }',
  'nine that become ten': '{"job":"J","data":1,"id":"x","attempts":9}',
}

test.each(Object.entries(odd))('redis and we raise the same digits of %s', async (_, body) => {
  const facts = memberFacts(body)
  expect(await raised(body)).toBe(patchAttempts(body, facts.attempts + 1))
})

test.each([
  '{"job":"J","data":1,"id":"x"}',
  '{"job":"J","data":{"attempts":1},"id":"x"}',
  '{"job":"J","attempts":"3","id":"x"}',
  '{"job":"J","attempts":1.5,"id":"x"}',
  '{"job":"J","attempts":1e3,"id":"x"}',
  '{"job":"J","data":"unfinished',
  '["attempts",1]',
  '',
  'no json',
])('where there is no whole number to raise, redis leaves %s alone', async (body) => {
  expect(await raised(body)).toBeNull()
})

test('redis and we raise the same digits of 2,000 random payloads', async () => {
  const random = seeded(20_261_123)
  for (let round = 0; round < 2_000; round++) {
    const body = randomPayload(random)
    const { attempts } = memberFacts(body)
    expect(attempts, body).toBe((JSON.parse(body) as { attempts: number }).attempts)
    expect(await raised(body), body).toBe(patchAttempts(body, attempts + 1))
  }
})

function randomPayload(random: Random): string {
  const words = ['attempts', 'id', 'a"b', '\\', '{', '}', '[', ']', '"attempts":1}', '中', ',', ':', '\u0000']
  const word = () => words[random(words.length)]!
  const value = (depth: number): unknown => {
    const kind = random(depth > 3 ? 2 : 5)
    if (kind === 0) return word() + word()
    if (kind === 1) return random(1_000_000)
    if (kind === 2) return Array.from({ length: random(3) }, () => value(depth + 1))
    return Object.fromEntries(Array.from({ length: random(4) }, () => [word(), value(depth + 1)]))
  }
  const fields: [string, unknown][] = [
    ['job', word()],
    ['data', value(0)],
    ['id', `tq${random(1e9)}`],
    ['attempts', 1 + random(300)],
  ]
  if (random(2) === 0) fields.reverse()
  const space = random(3) === 0 ? 1 : undefined
  return JSON.stringify(Object.fromEntries(fields), null, space)
}

const body = '{"job":"J","data":{"a":"\\/"},"id":"tq1","attempts":2}'

test('a delivery that used up an attempt changes its digits alone', () => {
  expect(spent({ id: 'tq1', queue: 'q', body, attempts: 2, receipt: body })).toBe(
    '{"job":"J","data":{"a":"\\/"},"id":"tq1","attempts":3}',
  )
})

test('one that did not is counted in the extra key, which keeps what else is in it', () => {
  const once = unspent({ body })
  expect(once).toBe('{"job":"J","data":{"a":"\\/"},"thinkq":{"n":1},"id":"tq1","attempts":2}')
  const traced = once.replace('{"n":1}', '{"n":1,"trace":"t"}')
  expect(unspent({ body: traced })).toBe(
    '{"job":"J","data":{"a":"\\/"},"thinkq":{"n":2,"trace":"t"},"id":"tq1","attempts":2}',
  )
})

test('a failed job that starts anew has attempts 1 and bytes it never had', () => {
  expect(renewed(unspent({ body }))).toBe(
    '{"job":"J","data":{"a":"\\/"},"thinkq":{"n":2},"id":"tq1","attempts":1}',
  )
})

test('what is no payload stays as it is, and is called ?', () => {
  for (const text of ['', 'no json', '[]', '{"job":"J"}', '{"id":{},"attempts":[]}']) {
    expect(spent({ id: '?', queue: 'q', body: text, attempts: 1, receipt: text })).toBe(text)
    expect(memberFacts(text)).toEqual({ id: '?', attempts: 1 })
  }
})
