import { describe, expect, it } from 'vitest'
import type { Reservation, Settlement } from '../../../src/contract/connector.ts'
import { type Bytes, phpFixture } from '../../payload/fixtures.ts'
import { reserveOne, work } from '../wire-work.ts'
import { PhpSide } from './wire-store.ts'

interface Rewrite {
  readonly name: string
  readonly in: Bytes
  readonly php_json_decode_ok: boolean
  readonly release: { readonly delayed_member: Bytes | null }
  readonly expire: { readonly list_member: Bytes | null; readonly reserved_left: number }
}

const { cases } = phpFixture<{ cases: Rewrite[] }>('rewrite_redis')
const bytesOf = ({ base64 }: Bytes) => Buffer.from(base64, 'base64')
const php = new PhpSide()
const list = 'queues:default'
const delayed = 'queues:default:delayed'
const reserved = 'queues:default:reserved'

/** Members that are no payload for a worker of ours: buried with their bytes, for this reason. */
const buried: Readonly<Record<string, RegExp>> = {
  attempts_missing: /attempts/,
  attempts_string: /"attempts" is a string/,
  attempts_null: /"attempts" is null/,
  attempts_float: /attempts/,
  lone_surrogate: /half of a surrogate pair/,
  invalid_json: /not JSON/,
  invalid_utf8: /no UTF-8/,
  scalar_json: /a number, where an object/,
  bom: /byte-order mark/,
}
/** think-queue 3 writes `maxTries`: left where it is. */
const foreign = 'extra_fields'

const plain = cases.filter(({ name }) => !(name in buried) && name !== foreign)

/** The bytes with another number of attempts: there is but one such key in each case. */
function raised(before: Buffer, attempts = 2): string {
  const text = before.toString()
  const after = text.replace(/("attempts": ?)1(?=[ ,}])/, `$1${attempts}`)
  expect(after).not.toBe(text)
  return after
}

/** Without our own key: what is left must be what was there. */
function withoutOurs(member: Buffer, n: number): string {
  const ours = `,"thinkq":{"n":${n}}`
  const text = member.toString()
  expect(text.split(ours)).toHaveLength(2)
  expect(text.indexOf(ours)).toBeGreaterThan(text.indexOf('"data"'))
  return text.replace(ours, '')
}

const release = (reservation: Reservation, delayMs: number, spend: boolean): Settlement => {
  return { kind: 'release', reservation, delayMs, spend }
}

it('all 33 recorded payloads are in one of these lists', () => {
  expect(cases).toHaveLength(33)
  const listed = [...plain.map(({ name }) => name), ...Object.keys(buried), foreign]
  expect(listed.sort()).toEqual(cases.map(({ name }) => name).sort())
})

describe('what PHP rewrote is run here', () => {
  const rewritten = cases.filter(({ name, release }) => release.delayed_member !== null && name !== foreign)

  it.each(rewritten)('$name, after its release', async ({ name, release: { delayed_member } }) => {
    await php.send('ZADD', delayed, 1, bytesOf(delayed_member!))
    const { runs, errors } = await work(await php.connector())
    expect(errors).toEqual([])
    expect(runs).toMatchObject([{ attempts: name === 'attempts_null' ? 1 : 2 }])
    expect(await php.state()).toEqual({})
  })

  it.each(rewritten)('$name, after its lease ended', async ({ name, expire: { list_member } }) => {
    await php.send('RPUSH', list, bytesOf(list_member!))
    const { runs, errors } = await work(await php.connector())
    expect(errors).toEqual([])
    expect(runs).toMatchObject([{ attempts: name === 'attempts_null' ? 1 : 2 }])
    expect(await php.state()).toEqual({})
  })
})

describe('ours changes the digits of attempts and its own key, and no other byte', () => {
  it.each(plain)('$name: released, the attempt spent', async (each) => {
    const before = bytesOf(each.in)
    await php.send('RPUSH', list, before)
    const connector = await php.connector()
    const reservation = await reserveOne(connector)
    expect(await php.only(reserved)).toEqual(before)
    expect(await connector.settle([release(reservation, 5_000, true)])).toEqual([])
    expect((await php.only(delayed)).toString()).toBe(raised(before))
    await php.pass(10)
    const again = await reserveOne(connector)
    expect(again).toMatchObject({ attempts: 2, body: raised(before) })
    expect(await connector.settle([release(again, 0, true)])).toEqual([])
    await php.pass(10)
    expect(await reserveOne(connector)).toMatchObject({ attempts: 3, body: raised(before, 3) })
  })

  it.each(plain)('$name: released unspent, twice', async (each) => {
    const before = bytesOf(each.in)
    await php.send('RPUSH', list, before)
    const connector = await php.connector()
    expect(await connector.settle([release(await reserveOne(connector), 5_000, false)])).toEqual([])
    expect(withoutOurs(await php.only(delayed), 1)).toBe(before.toString())
    await php.pass(10)
    const again = await reserveOne(connector)
    expect(again.attempts).toBe(1)
    expect(await connector.settle([release(again, 5_000, false)])).toEqual([])
    expect(withoutOurs(await php.only(delayed), 2)).toBe(before.toString())
  })

  it.each(plain)('$name: its lease ended', async (each) => {
    const before = bytesOf(each.in)
    await php.send('ZADD', reserved, 1, before)
    const connector = await php.connector()
    const reservation = await reserveOne(connector)
    expect(reservation).toMatchObject({ attempts: 2, body: raised(before) })
    expect((await php.only(reserved)).toString()).toBe(raised(before))
    expect(await connector.settle([{ kind: 'delete', reservation }])).toEqual([])
    expect(await php.state()).toEqual({})
  })

  it.each(plain)('$name: its lease renewed', async (each) => {
    await php.send('RPUSH', list, bytesOf(each.in))
    const connector = await php.connector()
    const reservation = await reserveOne(connector)
    const [was] = (await php.state())[reserved]!
    expect(await connector.touch([reservation], 600_000)).toEqual([])
    const [is] = (await php.state())[reserved]!
    expect(is).toEqual({ base64: each.in.base64, score: expect.any(Number) })
    expect(is!.score! - was!.score!).toBeGreaterThan(539)
    expect(await connector.settle([{ kind: 'delete', reservation }])).toEqual([])
  })

  it.each(plain)('$name: buried, and put back', async (each) => {
    const before = bytesOf(each.in)
    await php.send('RPUSH', list, before)
    const connector = await php.connector()
    const reservation = await reserveOne(connector)
    expect(await connector.settle([{ kind: 'bury', reservation, reason: 'why' }])).toEqual([])
    expect(await php.state()).toEqual({})
    const [failed] = await connector.failed.all()
    expect(failed).toMatchObject({ body: before.toString(), reason: 'why', queue: 'default' })
    expect(await connector.failed.retry([failed!.id])).toEqual([failed!.id])
    expect(withoutOurs(await php.only(list), 1)).toBe(before.toString())
    expect(await connector.failed.all()).toEqual([])
  })
})

describe('what no worker can count or read is buried with its bytes, and the next job runs', () => {
  const next = '{"job":"Job1","data":"next","id":"n","attempts":1}'

  it.each(cases.filter(({ name }) => name in buried))('$name', async (each) => {
    const before = bytesOf(each.in)
    await php.send('RPUSH', list, before, next)
    const connector = await php.connector()
    const { runs, errors } = await work(connector)
    expect(runs).toMatchObject([{ data: 'next' }])
    expect(errors).toEqual([expect.stringMatching(buried[each.name]!)])
    expect(await php.state()).toEqual({})
    const [failed, ...more] = await connector.failed.all()
    expect(more).toEqual([])
    expect(failed!.reason).toMatch(buried[each.name]!)
    expect(failed!.body).toBe(before.toString())
    await connector.failed.retry([failed!.id])
    const put = await php.only(list)
    if (put.includes('thinkq')) expect(withoutOurs(put, 1)).toBe(before.toString())
    else expect(put).toEqual(before)
  })

  it.each(cases.filter(({ name }) => name in buried))('$name, when its lease ended', async (each) => {
    const before = bytesOf(each.in)
    await php.send('ZADD', reserved, 1, before, 2, next)
    const connector = await php.connector()
    const { runs } = await work(connector)
    expect(runs).toMatchObject([{ data: 'next', attempts: 2 }])
    expect(await php.state()).toEqual({})
    const ended = before.toString().replace('"attempts":1}', '"attempts":2}')
    expect(await connector.failed.all()).toMatchObject([{ body: ended }])
  })
})
