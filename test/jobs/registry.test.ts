import { describe, expect, test } from 'vitest'
import { UnknownJob } from '../../src/contract/errors.ts'
import { loadJobs } from '../../src/jobs/load.ts'
import { delivery } from './job-standin.ts'
import { classNamed, jobsFolder, load } from './temp-jobs.ts'

const taskClass = `
class Parent { inherited() { return 'inherited' } task1() { return 'overridden' } }
export default class Job2 extends Parent {
  task1(job, data) { return ['task1', job, data, this instanceof Job2] }
  async task2() { return 'task2' }
  get computed() { return () => 'computed' }
  static classTask() {}
  #hidden() {}
  field = () => 'field'
  failed(data, reason) { return [data, reason, this instanceof Job2] }
  __secret() { return 'secret' }
  ['__proto__']() { return 'proto' }
}`

const registryOf = async (files: Record<string, string>) => {
  const { registry, problems } = await loadJobs({ folder: jobsFolder(files), load })
  expect(problems).toEqual([])
  return registry
}

describe('names', () => {
  const files = {
    'Job1.mjs': classNamed('Job1'),
    'Model/Job1.mjs': classNamed('Job1'),
    'lib/Job2.mjs': taskClass,
    'notices/Send.mjs': classNamed(
      'Send',
      "static jobName = 'app\\\\common\\\\job\\\\SendOrderReserveNoticeJob'",
    ),
    'Foreign.mjs': classNamed('Foreign', "static jobName = 'App\\\\Jobs\\\\Mail'"),
  }

  test.each([
    ['Job1', 'Job1'],
    ['app\\job\\Job1', 'Job1'],
    ['Job1@fire', 'Job1'],
    ['model/Job1', 'model/Job1'],
    ['MODEL/Job1', 'model/Job1'],
    ['app\\model\\job\\Job1', 'model/Job1'],
    ['app\\lib\\job\\Job2@task1', 'lib/Job2@task1'],
    ['\\app\\lib\\job\\Job2@task1', 'lib/Job2@task1'],
    ['lib/Job2@task2', 'lib/Job2@task2'],
    ['notices/Send', 'notices/Send'],
    ['app\\common\\job\\SendOrderReserveNoticeJob', 'notices/Send'],
    ['common/SendOrderReserveNoticeJob', 'notices/Send'],
    ['App\\Jobs\\Mail', 'Foreign'],
    ['\\App\\Jobs\\Mail', 'Foreign'],
  ])('%j is the job %j', async (spelling, name) => {
    const registry = await registryOf(files)
    expect(registry.resolve(spelling).name).toBe(name)
    expect(registry.resolve(spelling)).toBe(registry.resolve(spelling))
  })

  test('a class outside a job namespace is the job that calls itself so, else the file of its namespace', async () => {
    const registry = await registryOf({
      'obj/SendMail.mjs': classNamed('SendMail'),
      'obj/SendText.mjs': classNamed('SendText'),
      'Texts.mjs': classNamed('Texts', "static jobName = 'app\\\\obj\\\\SendText'"),
    })
    expect(registry.resolve('app\\obj\\SendMail').name).toBe('obj/SendMail')
    expect(registry.resolve('\\app\\Obj\\SendMail@fire').name).toBe('obj/SendMail')
    expect(registry.resolve('app\\obj\\SendText').name).toBe('Texts')
    expect(() => registry.resolve('app\\obj\\SendMial')).toThrow(
      'no job has the name "app\\\\obj\\\\SendMial" (did you mean "obj/SendMail"?)',
    )
    expect(() => registry.resolve('app\\shop\\Refund')).toThrow(
      'no job has the name "app\\\\shop\\\\Refund"; a file "shop/Refund" in the jobs folder would have it',
    )
  })

  test('entries hold one for each job, and one for each task where there is no fire', async () => {
    const registry = await registryOf(files)
    expect(registry.entries.map(({ name }) => name)).toEqual([
      'Foreign',
      'Job1',
      'model/Job1',
      'lib/Job2@task1',
      'lib/Job2@task2',
      'lib/Job2@inherited',
      'notices/Send',
    ])
  })

  test.each([
    '../../etc/passwd',
    '../Job1',
    './Job1',
    '/etc/passwd',
    '/Job1',
    'file:///etc/passwd',
    'node:fs',
    'data:text/javascript,process.exit()',
    'C:\\Windows\\Job1',
    'Job1.mjs',
    'Job1\0',
    '\0',
    '',
    '@fire',
    'app\\..\\job\\Job1',
    'app\\job\\model/Job1',
    'lib\\Job2',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '\u202eJob1',
  ])('the hostile name %j is a lookup miss', async (name) => {
    const loaded: string[] = []
    const { registry } = await loadJobs({
      folder: jobsFolder(files),
      load: (file) => {
        loaded.push(file)
        return load(file)
      },
    })
    const before = loaded.length
    expect(() => registry.resolve(name)).toThrow(UnknownJob)
    try {
      registry.resolve(name)
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(500)
      expect((error as Error).message).not.toMatch(/[\0-\x1f]/)
    }
    expect(loaded).toHaveLength(before)
  })

  test('a name of megabytes is refused unread, in a short message', async () => {
    const registry = await registryOf(files)
    const name = `${'a'.repeat(2_000_000)}\\job\\Job1`
    expect(() => registry.resolve(name)).toThrow(/^no job has a name of 2000009 characters: "a{99}…$/)
  })

  test('an unknown name is answered with near ones', async () => {
    const registry = await registryOf(files)
    expect(() => registry.resolve('Jbo1')).toThrow('no job has the name "Jbo1" (did you mean "Job1"?)')
    expect(() => registry.resolve('app\\lib\\job\\Job3@task1')).toThrow('"lib/Job2"')
    expect(() => registry.resolve('lib/Job2@tsak1')).toThrow(
      /the job "lib\/Job2" has no task "tsak1" .*"task1"/,
    )
    expect(() => registry.resolve('lib/Job2')).toThrow('the job "lib/Job2" has no task "fire"')
  })

  test('endless spellings of one job are not all remembered', async () => {
    const registry = await registryOf(files)
    const entry = registry.resolve('Job1')
    for (let n = 0; n < 5000; n++) expect(registry.resolve(`root${n}\\job\\Job1`)).toBe(entry)
  })
})

describe('tasks', () => {
  test('a task is a method that the class or its parents declare', async () => {
    const registry = await registryOf({ 'Job2.mjs': taskClass })
    const data = { a: 1 }
    expect(registry.resolve('Job2@task1').open().run(delivery, data)).toEqual(['task1', delivery, data, true])
    expect(await registry.resolve('Job2@task2').open().run(delivery, data)).toBe('task2')
    expect(registry.resolve('Job2@inherited').open().run(delivery, data)).toBe('inherited')
  })

  test.each([
    'constructor',
    '__proto__',
    '__secret',
    '__defineGetter__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'failed',
    'computed',
    'classTask',
    'field',
    '#hidden',
    'prototype',
    'call',
    '',
    'task1@task2',
  ])('Job2@%s is no task', async (task) => {
    const registry = await registryOf({ 'Job2.mjs': taskClass })
    expect(() => registry.resolve(`Job2@${task}`)).toThrow(UnknownJob)
    expect(Object.hasOwn(Object.prototype, 'task1')).toBe(false)
  })

  test('a job of defineJob has no task but its run', async () => {
    const registry = await registryOf({
      'fn.mjs': "export default { kind: Symbol.for('thinkq.job'), run: (data, job) => [data, job] }",
    })
    expect(registry.resolve('fn').open().run(delivery, 7)).toEqual([7, delivery])
    expect(registry.resolve('fn').open().failed).toBeUndefined()
    for (const task of ['run', 'open', 'kind'])
      expect(() => registry.resolve(`fn@${task}`)).toThrow(UnknownJob)
  })
})

describe('opening', () => {
  test('each delivery of a class has an instance of its own, shared by run and failed', async () => {
    const registry = await registryOf({
      'Counter.mjs': `let made = 0
        export default class Counter { id = ++made; fire() { return this.id }; failed(data, reason) { return [this.id, data, reason.message] } }`,
    })
    const entry = registry.resolve('Counter')
    const [first, second] = [entry.open(), entry.open()]
    const { run, failed } = first
    expect([run(delivery, {}), second.run(delivery, {}), first.run(delivery, {})]).toEqual([1, 2, 1])
    expect(failed?.('data', new Error('why'))).toEqual([1, 'data', 'why'])
  })

  test('a class without failed has none, and a defined job has its own', async () => {
    const registry = await registryOf({
      'A.mjs': classNamed('A'),
      'B.mjs':
        "export default { kind: Symbol.for('thinkq.job'), run() {}, failed: (data, reason) => [data, reason.message] }",
    })
    expect(registry.resolve('A').open().failed).toBeUndefined()
    expect(registry.resolve('B').open().failed?.(1, new Error('why'))).toEqual([1, 'why'])
  })
})
