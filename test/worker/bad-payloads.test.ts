import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { Rig, type RigOptions } from './rig.ts'

class Job1 {
  fire() {}
  failed() {}
  __secret() {}
}

const ran: string[] = []
const jobs = { Job1, good: defineJob(() => void ran.push('good')) }

/** Lets a worker meet a payload, then a good job; answers what became of the first. */
async function meet(body: string, options: RigOptions = {}) {
  const rig = new Rig(jobs, options)
  const id = await rig.pushRaw(body)
  await rig.push('good')
  void rig.start()
  await rig.nth('job:processed')
  await rig.idle()
  const [buried] = await rig.connector.failed.all()
  return { rig, id, buried, event: rig.all('job:failed')[0] }
}

const malformed: readonly (readonly [string, string, RegExp])[] = [
  ['an empty text', '', /empty/],
  ['invalid JSON', '{"job":"good","data":', /not JSON/],
  ['a scalar', '42', /a number, where an object/],
  ['null', 'null', /null, where an object/],
  ['a list', '[1]', /an array, where an object/],
  ['no job', '{"data":1}', /no "job"/],
  ['no data', '{"job":"good"}', /no "data"/],
  ['a job that is no text', '{"job":{"a":1},"data":1}', /"job" is an object/],
  ['1,000 nested arrays', `{"job":"good","data":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, /levels deep/],
  ['a byte-order mark', '\ufeff{"job":"good","data":1}', /byte-order mark/],
  ['bytes that are no UTF-8 any more', '{"job":"good","data":"\ud800"', /not JSON/],
]

describe('a payload that cannot be run', () => {
  for (const [what, body, reason] of malformed) {
    test(`is buried with its raw bytes when it is ${what}`, async () => {
      const { buried, event } = await meet(body)
      expect(buried).toMatchObject({ body, reason: expect.stringMatching(reason) })
      expect(event).toMatchObject({ attempts: 1, durationMs: null, error: { code: 'MALFORMED_PAYLOAD' } })
    })
  }

  test('is buried without being read when it is longer than the limit', async () => {
    const body = `{"job":"good","data":"${'x'.repeat(2_000)}"}`
    const { buried, event } = await meet(body, { maxPayload: 1_000 })
    expect(buried!.body).toBe(body)
    expect(buried!.reason).toMatch(/2024 characters.*limit is 1000/)
    expect(event).toMatchObject({ name: 'good', error: { code: 'MALFORMED_PAYLOAD' } })
  })

  test('is buried unread when its store says that the text is not what was stored', async () => {
    const rig = new Rig(jobs, {
      wrap: (connector) => {
        const { reserve } = connector
        const damage = 'its bytes are no UTF-8'
        return Object.assign(connector, {
          reserve: async (...args: Parameters<typeof reserve>) =>
            (await reserve.apply(connector, args)).map((each) => ({ ...each, damage })),
        })
      },
    })
    await rig.push('good')
    void rig.start()
    expect(await rig.nth('job:failed')).toMatchObject({
      name: 'good',
      error: { name: 'MalformedPayload', message: 'its bytes are no UTF-8' },
    })
    expect(rig.all('job:processing')).toEqual([])
    expect(await rig.counts()).toEqual([0, 0, 0, 1])
  })

  test('is named in the event as far as its name can be made out', async () => {
    expect((await meet('{"job":"good","data":')).event).toMatchObject({ name: 'good' })
    expect((await meet('nonsense')).event).toMatchObject({ name: '?' })
  })
})

describe('a name nobody knows', () => {
  test('is buried, near names given', async () => {
    const { buried, event } = await meet('{"job":"Jbo1","data":1}')
    expect(event).toMatchObject({ name: 'Jbo1', error: { code: 'UNKNOWN_JOB' } })
    expect(buried!.reason).toMatch(/no job has the name .?Jbo1.? \(did you mean "Job1"\?\)/)
    expect(buried!.body).toBe('{"job":"Jbo1","data":1}')
  })

  test('is released when the configuration says so, and buried after its tries', async () => {
    const rig = new Rig(jobs, { unknownJob: { releaseMs: 20_000 }, tries: 2 })
    await rig.pushRaw('{"job":"soon","data":1}')
    void rig.start()
    expect(await rig.nth('job:error')).toMatchObject({ willRetry: true, delayMs: 20_000 })
    await rig.idle()
    expect(await rig.counts()).toEqual([0, 1, 0, 0])
    await rig.advance(20_000)
    expect(await rig.nth('job:failed')).toMatchObject({ attempts: 2, error: { code: 'UNKNOWN_JOB' } })
  })

  test('is released for ever without tries, until a worker knows it', async () => {
    const rig = new Rig(jobs, { unknownJob: { releaseMs: 1_000 }, tries: 0 })
    await rig.pushRaw('{"job":"soon","data":1}')
    void rig.start()
    await rig.nth('job:error')
    await rig.advance(20_000)
    expect(rig.all('job:error').length).toBeGreaterThan(15)
    expect(rig.all('job:failed')).toEqual([])
  })

  for (const name of [
    '../../etc/passwd',
    '/etc/passwd',
    'file:///etc/passwd',
    'node:fs',
    'fs',
    '..\\..\\boot.ini',
    'Job1\0',
    'Job1@constructor',
    'Job1@__proto__',
    'Job1@__secret',
    'Job1@toString',
    'Job1@hasOwnProperty',
    'Job1@failed',
    'Job1@',
    '@fire',
    'constructor',
    '__proto__',
    'toString',
    'x'.repeat(5_000),
  ]) {
    test(`is a look-up that misses: ${JSON.stringify(name.slice(0, 30))}`, async () => {
      const { event } = await meet(JSON.stringify({ job: name, data: 1 }))
      expect(event).toMatchObject({ attempts: 1, durationMs: null, error: { code: 'UNKNOWN_JOB' } })
    })
  }
})
