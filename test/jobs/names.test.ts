import { describe, expect, test } from 'vitest'
import {
  fileName,
  jobNameFault,
  nameFault,
  namespaceFile,
  registryName,
  shortName,
  splitTask,
} from '../../src/jobs/names.ts'

describe('splitTask', () => {
  test.each([
    ['Job1', 'Job1', 'fire'],
    ['app\\lib\\job\\Job2@task1', 'app\\lib\\job\\Job2', 'task1'],
    ['Job1@', 'Job1', ''],
    ['@task', '', 'task'],
    ['a@b@c', 'a', 'b@c'],
    ['', '', 'fire'],
  ])('%j is the path %j and the task %j', (name, path, task) => {
    expect(splitTask(name)).toEqual({ path, task })
  })
})

describe('registryName', () => {
  test.each([
    ['Job1', 'Job1'],
    ['model/Job1', 'model/Job1'],
    ['Model/Job1', 'model/Job1'],
    ['MODEL/Sub/Job1', 'model/Sub/Job1'],
    ['app\\job\\Job1', 'Job1'],
    ['\\app\\job\\Job1', 'Job1'],
    ['app\\model\\job\\Job1', 'model/Job1'],
    ['app\\lib\\job\\Job2', 'lib/Job2'],
    ['app\\Lib\\job\\Job2', 'lib/Job2'],
    ['app\\common\\job\\SendOrderReserveNoticeJob', 'common/SendOrderReserveNoticeJob'],
    ['app\\shop\\job\\mail\\Welcome', 'shop/mail/Welcome'],
    ['app\\job\\job\\X', 'job/X'],
    ['shop\\job\\X', 'X'],
  ])('%j is known as %j', (spelling, key) => {
    expect(registryName(spelling)).toBe(key)
  })

  test.each([
    'App\\Jobs\\Send',
    'job\\X',
    'app\\job\\',
    'app\\job',
    'app\\\\job\\X',
    'app\\job\\lib/X',
    'app\\x\\y',
  ])('%j is known by its own name: its key keeps a back-slash or no file can have it', (spelling) => {
    expect(registryName(spelling)).toBe(spelling)
    expect(registryName(spelling)).toContain('\\')
  })

  test('a leading back-slash is no part of a class name', () => {
    expect(registryName('\\App\\Jobs\\Send')).toBe('App\\Jobs\\Send')
  })
})

describe('namespaceFile', () => {
  test.each([
    ['app\\obj\\SendMail', 'obj/SendMail'],
    ['\\app\\Obj\\mail\\SendMail', 'obj/mail/SendMail'],
    ['App\\Jobs\\Send', 'jobs/Send'],
    ['app\\SendMail', 'SendMail'],
  ])('%j is looked for as %j', (className, key) => {
    expect(namespaceFile(className)).toBe(key)
  })

  test.each([
    'SendMail',
    'obj/SendMail',
    'app\\lib\\job\\Job2',
    'app\\\\SendMail',
    'app\\obj/SendMail',
    'app\\',
    '',
  ])('%j is no class outside a job namespace', (name) => {
    expect(namespaceFile(name)).toBeUndefined()
  })
})

describe('fileName', () => {
  test.each([
    ['Job1.ts', '/', 'Job1'],
    ['Admin/Job1.mjs', '/', 'admin/Job1'],
    ['Admin\\Deep\\Job1.cjs', '\\', 'admin/Deep/Job1'],
    ['mail.send.ts', '/', 'mail.send'],
    ['v1.2/Job1.js', '/', 'v1.2/Job1'],
  ])('%j with %j between folders is %j', (path, separator, name) => {
    expect(fileName(path, separator)).toBe(name)
  })
})

test('the short name is what stands after the last separator of either kind', () => {
  expect(['Job1', 'a/b/Job1', 'app\\job\\Job1'].map(shortName)).toEqual(['Job1', 'Job1', 'Job1'])
})

test('a name that nobody could push says what is wrong with it', () => {
  expect(nameFault('Job1@task')).toBeUndefined()
  expect(nameFault(' ')).toContain('empty')
  expect(nameFault(7)).toContain('text')
  expect(nameFault('a\nb')).toContain('control')
  expect(nameFault('x'.repeat(1025))).toContain('1024')
  expect(jobNameFault('app\\job\\Job1')).toBeUndefined()
  expect(jobNameFault('Job1@task')).toContain('@')
})
