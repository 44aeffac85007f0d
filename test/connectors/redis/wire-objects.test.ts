import { describe, expect, test } from 'vitest'
import { encodeData } from '../../../src/payload.ts'
import { type Push, phpFixture, textOf } from '../../payload/fixtures.ts'
import { work } from '../wire-work.ts'
import { places } from './wire-recorded.ts'
import { PhpSide } from './wire-store.ts'

const php = new PhpSide()
const list = 'queues:default'
const pushes = phpFixture<{ cases: Push[] }>('push_redis').cases
/** A `SendMail` as PHP pushed it. */
const mail = textOf(pushes.find(({ name }) => name === 'object_push')!.redis![0]!.members[0]!)
const throwing = mail.replace('b:0;', 'b:1;')

/** What PHP pushes for an object. */
const objectJob = (commandName: string, command: string) =>
  `{"job":"think\\\\queue\\\\CallQueuedHandler@call","data":${encodeData({ commandName, command })},"id":"x","attempts":1}`

describe('objects that PHP pushed', () => {
  test('run as the job of their class, which is named in the events and given the properties', async () => {
    await php.send('RPUSH', list, mail)
    const { runs, heard } = await work(await php.connector())
    expect(runs).toEqual([
      {
        handler: 'SendMail',
        name: 'app\\obj\\SendMail',
        queue: 'default',
        attempts: 1,
        data: { to: 'x@y.z', subject: '你好', secret: 's/1', throw: false, queue: null, delay: null },
      },
    ])
    const processed = heard.find(({ name }) => name === 'job:processed')
    expect(processed?.event).toMatchObject({ name: 'app\\obj\\SendMail', outcome: 'deleted' })
    expect(await php.state()).toEqual({})
  })

  test("are tried as often and as late as that job says, and buried with PHP's bytes", async () => {
    await php.send('RPUSH', list, throwing)
    const connector = await php.connector()
    const settings = { mail: { tries: 2, backoff: 40 }, tries: 9 }
    const first = await work(connector, settings)
    expect(first.errors).toEqual(['mail boom'])
    const again = throwing.replace('"attempts":1}', '"attempts":2}')
    expect(await places(php)).toEqual([
      { key: 'queues:default:delayed', member: again, dueIn: expect.closeTo(40, 0) },
    ])
    await php.pass(41)
    const second = await work(connector, settings)
    expect(second.runs).toMatchObject([{ attempts: 2 }])
    expect(await php.state()).toEqual({})
    expect(await connector.failed.all()).toMatchObject([
      { body: again, reason: expect.stringContaining('mail boom') },
    ])
  })

  test.each([
    [
      'of a class no job stands for',
      'app\\obj\\Refund',
      'O:14:"app\\obj\\Refund":0:{}',
      /"obj\/Refund" in the jobs folder/,
    ],
    [
      'of a class whose name is near',
      'app\\obj\\SendMial',
      'O:16:"app\\obj\\SendMial":0:{}',
      /did you mean "obj\/SendMail"/,
    ],
    [
      'that cannot be read',
      'app\\obj\\SendMail',
      'O:16:"app\\obj\\SendMail":1:{s:1:"a";}',
      /no PHP object that can be read/,
    ],
    [
      'that is a format of its own',
      'app\\obj\\SendMail',
      'C:16:"app\\obj\\SendMail":2:{hi}',
      /no object begins/,
    ],
    ['of another class than was said', 'app\\obj\\SendMail', 'O:3:"Evi":0:{}', /not the class of its object/],
  ])(
    '%s are buried with their bytes and the reason, and the next job runs',
    async (_which, name, command, reason) => {
      const body = objectJob(name, command)
      await php.send('RPUSH', list, body, mail)
      const connector = await php.connector()
      const { runs } = await work(connector, { tries: 3 })
      expect(runs).toMatchObject([{ handler: 'SendMail' }])
      expect(await connector.failed.all()).toMatchObject([{ body, reason: expect.stringMatching(reason) }])
      expect(await php.state()).toEqual({})
    },
  )

  test('keep integers beyond 2^53 in the form that was asked for', async () => {
    const body = objectJob(
      'app\\obj\\SendMail',
      'O:16:"app\\obj\\SendMail":1:{s:2:"id";i:1307757455438833951;}',
    )
    await php.send('RPUSH', list, body, body.replace('"id":"x"', '"id":"y"'))
    const connector = await php.connector()
    const once = { maxJobs: 1, stopWhenEmpty: false }
    expect((await work(connector, once)).runs[0]!.data).toEqual({ id: 1307757455438833951n })
    const texts = await work(connector, { ...once, bigNumbers: 'string' })
    expect(texts.runs[0]!.data).toEqual({ id: '1307757455438833951' })
  })
})
