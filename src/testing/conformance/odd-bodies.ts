import assert from 'node:assert/strict'
import type { Envelope } from '../../contract/connector.ts'
import { assertCarries } from './bodies.ts'
import { bury, type Check, giveBack, ids, leaseMs, release, startMs, type Trial } from './trial.ts'

/** Data that a store which parses or re-encodes payloads would spoil. */
const oddData: Readonly<Record<string, string>> = {
  'integers beyond 2^53': '{"id":1307757455438833951,"max":9223372036854775807,"min":-9223372036854775808}',
  'floats as they were written': '{"a":1.0,"b":1.0e+17,"c":0.1e1,"d":-0,"e":1E400}',
  'escaped slashes': '{"path":"a\\/b","url":"http:\\/\\/example.test\\/?a=b"}',
  'unicode escapes': '{"\\u4e2d\\u6587":"\\u8def\\/\\u5f84","smile":"\\ud83d\\ude00","nul":"\\u0000"}',
  'raw characters': '{"中文":"路径","é":"ñ ß £","del":"\u007f","line":"\u2028"}',
  'integer-like keys in their order': '{"10":"a","9":"b","08":"c","x":"d","1":"e"}',
  'empty arrays and objects': '{"a":[],"b":{},"c":[[],[{}]],"d":""}',
  'keys and texts that look like ours':
    '{"attempts":7,"id":"x","thinkq":{"n":9},"t":"\\"attempts\\":3}","job":"K"}',
  'nested texts of the same form': '{"a":{"b":{"attempts":1}},"c":"\\",\\"id\\":\\"x\\",\\"attempts\\":1}"}',
  'keys of Object.prototype': '{"__proto__":{"polluted":true},"constructor":1,"toString":null}',
  'repeated keys': '{"a":1,"a":2,"a":3}',
  'white space': '{ "a" :\t[ 1 ,\n 2 ] }',
  'quotes, percent signs and placeholders': '{"a":"it\'s; DROP TABLE jobs; -- %s ? :a $1 \\\\ `"}',
  'a bare text': '"text"',
  null: 'null',
  'deep nesting': `${'['.repeat(400)}${']'.repeat(400)}`,
  '200 KB': `{"text":"${'0123456789abcdef'.repeat(12_800)}"}`,
}

export const oddBodyChecks: readonly Check[] = [
  ...Object.entries(oddData).map(([what, data]) => ({
    name: `${what} survive delivery, release, expiry, burying and retry`,
    run: (trial: Trial) => assertSurvives(trial, trial.envelope('mail', { data })),
  })),
  {
    name: 'characters beyond the basic plane are kept or refused, never changed',
    async run(trial) {
      const envelope = trial.envelope('mail', { data: '{"smile":"😀","han":"𠮷"}' })
      if (await refusedAtPush(trial, envelope)) return
      assertCarries(trial.store.wire, await trial.one('mail'), envelope.body)
    },
  },
  ...['not json', '', '[]', 'null', '{"job":', '{"id":"x","attempts":1}', '\ufeff{}'].map((body) => ({
    name: `a body that is no payload (${JSON.stringify(body)}) is refused at push, or delivered as it is and buried with its bytes`,
    run: async (trial: Trial) => {
      const envelope = { ...trial.envelope('mail'), body }
      if (await refusedAtPush(trial, envelope)) return
      const [after] = (await trial.push('mail')) as [string]
      const taken = await trial.one('mail')
      assert.equal(taken.body, body)
      await trial.settle(bury(taken, 'it is no payload'))
      assert.equal((await trial.store.failed.all())[0]?.body, body)
      assert.deepEqual(ids(await trial.drain('mail')), [after], 'the job behind it must not be held up')
    },
  })),
  {
    name: 'two jobs with the same data are two jobs',
    async run(trial) {
      const pushed = await trial.push('mail', 3)
      assert.equal(new Set(pushed).size, 3)
      const [first, second, third] = await trial.drain('mail')
      assert.equal(new Set([first?.receipt, second?.receipt, third?.receipt]).size, 3)
      await trial.settle([{ kind: 'delete', reservation: first! }, release(second!)])
      assert.deepEqual(ids(await trial.drain('mail', 1_000)), [pushed[1]])
    },
  },
  {
    name: 'pushes with different tokens are different jobs',
    async run(trial) {
      const batch = ['a', 'b'].map((token) => ({ ...trial.envelope('mail'), token }))
      const pushed = await trial.store.push(batch, startMs)
      assert.deepEqual(ids(await trial.drain('mail')), pushed)
    },
  },
  {
    name: 'a push repeated with its token is accepted, and stored once where the store can tell',
    async run(trial) {
      const batch = [{ ...trial.envelope('mail'), token: 'the same' }]
      const answers = [await trial.store.push(batch, startMs), await trial.store.push(batch, startMs)]
      const taken = ids(await trial.drain('mail'))
      assert.ok(taken.length === 1 || taken.length === 2, `one job pushed twice became ${taken.length}`)
      assert.deepEqual(new Set(taken), new Set(answers.flat()), 'push must answer the ids that are delivered')
    },
  },
]

async function assertSurvives(trial: Trial, envelope: Envelope): Promise<void> {
  const { wire } = trial.store
  await trial.store.push([envelope], startMs)
  const first = await trial.one('mail')
  assert.equal(first.body, envelope.body, 'the first delivery must carry exactly what was pushed')
  await trial.settle(release(first))
  const second = await trial.one('mail', 1_000)
  assertCarries(wire, second, envelope.body)
  await trial.settle(giveBack(second), 1_000)
  const third = await trial.one('mail', 3_000)
  assertCarries(wire, third, envelope.body)
  const fourth = await trial.one('mail', 3_000 + leaseMs)
  assertCarries(wire, fourth, envelope.body)
  assert.equal(fourth.attempts, 3)
  await trial.settle(bury(fourth), 3_000 + leaseMs)
  const [entry] = await trial.store.failed.all()
  assert.equal(entry?.body, fourth.body, 'a failed job must keep the bytes of its last delivery')
  await trial.store.failed.retry([entry.id], startMs + 4_000 + leaseMs)
  const last = await trial.one('mail', 4_000 + leaseMs)
  assertCarries(wire, last, envelope.body)
  await trial.settle({ kind: 'delete', reservation: last }, 4_000 + leaseMs)
}

/** Whether a store will not take a job. One that refuses must have stored nothing. */
async function refusedAtPush(trial: Trial, envelope: Envelope): Promise<boolean> {
  try {
    await trial.store.push([envelope], startMs)
    return false
  } catch {
    await trial.nothing(envelope.queue, 0, 'a refused push must leave nothing behind')
    return true
  }
}
