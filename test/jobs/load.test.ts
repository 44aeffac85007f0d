import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { discoverJobs } from '../../src/jobs/discover.ts'
import { loadJobs } from '../../src/jobs/load.ts'
import { loadModule } from '../../src/process/modules.ts'
import { delivery } from './job-standin.ts'
import { classNamed, jobsFolder, load } from './temp-jobs.ts'

const jobOf = (extra: string) =>
  `export default { kind: Symbol.for('thinkq.job'), run: (data, job) => [data, job], ${extra} }`

describe('what a module may export', () => {
  test('the default export, or the export named as the file, is the job', async () => {
    const folder = jobsFolder({
      'ByDefault.mjs': classNamed('SomethingElse'),
      'ByName.mjs':
        'export class ByName { fire() { return 1 } }\nexport const helper = 1\nexport class Other {}',
      'common.cjs': 'module.exports = class { fire() { return 2 } }',
      'Named.cjs': 'exports.Named = class Named { fire() { return 3 } }',
      'Listed.cjs': 'const all = { Listed: class { fire() { return 4 } }, more: 1 }\nmodule.exports = all',
      'compiled.cjs':
        "Object.defineProperty(exports, '__esModule', { value: true })\nObject.assign(exports, { default: class { fire() { return 5 } }, helper: 1 })",
      'old.cjs': 'function Old() {}\nOld.prototype.fire = () => 6\nmodule.exports = Old',
      'defined.mjs': jobOf(''),
    })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toEqual([])
    const answers = ['ByName', 'common', 'Named', 'Listed', 'compiled', 'old'].map((name) =>
      registry.resolve(name).open().run(delivery, {}),
    )
    expect(answers).toEqual([1, 2, 3, 4, 5, 6])
    expect(registry.resolve('ByDefault').kind).toBe('class')
    expect(registry.resolve('defined').kind).toBe('function')
    expect(registry.entries.map(({ name }) => name)).toEqual([
      'ByDefault',
      'ByName',
      'Listed',
      'Named',
      'common',
      'compiled',
      'defined',
      'old',
    ])
  })

  test.each([
    [
      'export const a = 1; export class B {}',
      'it exports B (a class), a (a number); export the job as default, or',
    ],
    ['', 'it exports nothing'],
    ['export default class {}', 'the default export is a class without a method fire(job, data)'],
    ['export default class { fire = () => {} }', 'a field is no method'],
    ['export default class { static fire() {} }', 'a class without a method'],
    ['export default class { failed() {} }', 'a class without a method'],
    [
      'export default async (job, data) => {}',
      'the default export is a plain function; wrap it in defineJob',
    ],
    [
      'export default { fire() {} }',
      'the default export is an object, neither a class nor made by defineJob',
    ],
    ['export default null', 'the default export is null'],
    ['export const Wrong = 5', 'the export Wrong is a number'],
    ["export default { kind: Symbol.for('thinkq.job'), run: 5 }", 'has no functions to run'],
  ])('%j is refused: %s', async (text, why) => {
    const folder = jobsFolder({ 'Wrong.mjs': text, 'Right.mjs': classNamed('Right') })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ kind: 'export', files: [join(folder, 'Wrong.mjs')] })
    expect(problems[0]!.message).toContain(`${join(folder, 'Wrong.mjs')}: `)
    expect(problems[0]!.message).toContain(why)
    expect(registry.entries.map(({ name }) => name)).toEqual(['Right'])
  })

  test('an empty CommonJS module exports nothing', async () => {
    const { problems } = await loadJobs({ folder: jobsFolder({ 'Empty.cjs': '' }), load })
    expect(problems[0]!.message).toContain('it exports nothing')
  })
})

describe('a broken module', () => {
  test.each([
    ['throw new Error("no such table")', 'Error: no such table'],
    ['throw null', 'it threw null'],
    ['throw { toString() { throw 1 } }', 'it threw {}'],
    ['class {', 'SyntaxError'],
    ['import "./nowhere.mjs"', 'nowhere.mjs'],
    ['export default class { static get tries() { throw new Error("late") } fire() {} }', 'Error: late'],
  ])('%j is one problem that names the file and the cause, and the others still load', async (text, why) => {
    const folder = jobsFolder({ 'A.mjs': classNamed('A'), 'Broken.mjs': text, 'C.mjs': classNamed('C') })
    const { registry, problems } = await loadJobs({ folder, load })
    const file = join(folder, 'Broken.mjs')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ kind: 'broken', files: [file] })
    expect(problems[0]!.message).toContain(`${file} could not be loaded: `)
    expect(problems[0]!.message).toContain(why)
    expect(problems[0]!.message).not.toContain('\n')
    expect(registry.entries.map(({ name }) => name)).toEqual(['A', 'C'])
    expect(() => registry.resolve('Broken')).toThrow(`the job "Broken" cannot run: ${problems[0]!.message}`)
  })
})

describe('names that two jobs claim', () => {
  test('two files of one name are a problem naming both, and neither is loaded', async () => {
    const folder = jobsFolder({
      'Job1.cjs': 'throw 1',
      'Job1.mjs': 'throw 2',
      'Job2.mjs': classNamed('Job2'),
    })
    const { registry, problems } = await loadJobs({ folder, load })
    const files = [join(folder, 'Job1.cjs'), join(folder, 'Job1.mjs')]
    expect(problems).toMatchObject([{ kind: 'duplicate', files }])
    expect(problems[0]!.message).toContain(files.join(', '))
    expect(() => registry.resolve('Job1')).toThrow('so none of them has it')
    expect(registry.resolve('Job2').name).toBe('Job2')
  })

  test('a jobName that is another job’s name is taken by neither; the name of its own file remains', async () => {
    const folder = jobsFolder({
      'Job1.mjs': classNamed('Job1'),
      'Other.mjs': classNamed('Other', "static jobName = 'app\\\\job\\\\Job1'"),
    })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toMatchObject([
      { kind: 'duplicate', files: [join(folder, 'Job1.mjs'), join(folder, 'Other.mjs')] },
    ])
    expect(() => registry.resolve('Job1')).toThrow('Other.mjs')
    expect(registry.resolve('Other').name).toBe('Other')
  })

  test('two equal jobNames are taken by neither', async () => {
    const named = "static jobName = 'App\\\\Jobs\\\\Send'"
    const folder = jobsFolder({ 'A.mjs': classNamed('A', named), 'B.mjs': classNamed('B', named) })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems.map(({ kind }) => kind)).toEqual(['duplicate'])
    expect(() => registry.resolve('App\\Jobs\\Send')).toThrow('so none of them has it')
  })

  test('a class that extends a named one does not take its name', async () => {
    const folder = jobsFolder({
      'A.mjs': `${classNamed('A', "static jobName = 'first'; static tries = 7")}`,
      'B.mjs': "import A from './A.mjs'\nexport default class B extends A {}",
    })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toEqual([])
    expect(registry.resolve('first').name).toBe('A')
    expect(registry.resolve('B').tries).toBe(7)
  })
})

describe('what a job says of itself', () => {
  test('tries, timeout, backoff and queue are read from static members and from the options of defineJob', async () => {
    const statics = "static tries = 3; static timeout = 1.5; static backoff = [1, 5]; static queue = 'mail'"
    const folder = jobsFolder({
      'A.mjs': classNamed('A', statics),
      'B.mjs': jobOf("tries: 0, backoff: 'exponential', jobName: 'notice'"),
      'C.mjs': classNamed('C', 'static tries = undefined'),
    })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toEqual([])
    expect(registry.resolve('A')).toMatchObject({ tries: 3, timeout: 1.5, backoff: [1, 5], queue: 'mail' })
    expect(registry.resolve('notice')).toMatchObject({ name: 'B', tries: 0, backoff: 'exponential' })
    expect(Object.keys(registry.resolve('C')).sort()).toEqual(['file', 'kind', 'name', 'open'])
  })

  test.each([
    ['static tries = -1', '`tries` must be a whole number of deliveries, 0 for ever, not -1'],
    ['static tries = "3"', 'not "3"'],
    ['static tries = NaN', 'not NaN'],
    ['static timeout = Infinity', '`timeout` must be a number of seconds, not Infinity'],
    ['static backoff = []', 'not []'],
    ['static backoff = [1, -1]', 'not [1,-1]'],
    ['static backoff = "linear"', 'or \'exponential\', not "linear"'],
    ['static queue = ""', '`queue` must be the name of a queue, not ""'],
    ['static jobName = 5', '`jobName` 5: it must be a text'],
    ['static jobName = "a@b"', '`jobName` "a@b": it must not contain @'],
    ['static tries = 1.5; static queue = 1n', 'not 1.5; `queue` must be the name of a queue, not 1'],
  ])('%s is a problem naming file and value', async (member, why) => {
    const folder = jobsFolder({ 'A.mjs': classNamed('A', member) })
    const { registry, problems } = await loadJobs({ folder, load })
    expect(problems).toMatchObject([{ kind: 'setting', files: [join(folder, 'A.mjs')] }])
    expect(problems[0]!.message).toContain(`${join(folder, 'A.mjs')}: \``)
    expect(problems[0]!.message).toContain(why)
    expect(() => registry.resolve('A')).toThrow('cannot run')
  })
})

test('a file whose name nobody could push is a problem and is not loaded', async () => {
  const { problems } = await loadJobs({ folder: jobsFolder({ 'A@b.mjs': 'throw 1' }), load })
  expect(problems).toMatchObject([{ kind: 'name' }])
  expect(problems[0]!.message).toContain("A@b.mjs: its name is the job's, and it must not contain @")
})

test('folders that differ only in the capitals PHP ignores hold duplicates', async (context) => {
  const folder = jobsFolder({ 'Lib/Job1.mjs': classNamed('Job1'), 'lib/Job1.mjs': classNamed('Job1') })
  if (discoverJobs(folder)!.length < 2) context.skip('this file system ignores capitals')
  const { problems } = await loadJobs({ folder, load })
  expect(problems).toMatchObject([{ kind: 'duplicate' }])
})

test('a missing folder is a problem of its own, with no jobs', async () => {
  const folder = join(jobsFolder(), 'nowhere')
  const { registry, problems } = await loadJobs({ folder, load })
  expect(problems).toMatchObject([{ kind: 'folder', message: `there is no jobs folder ${folder}` }])
  expect(registry.entries).toEqual([])
  expect(() => registry.resolve('Job1')).toThrow('no job has the name "Job1"')
})

describe('with the loader of the worker', () => {
  test('TypeScript and every kind of JavaScript load, and a broken one is reported once', async () => {
    const folder = jobsFolder({
      'A.ts':
        'export default class A { static readonly tries: number = 2\n fire(job: unknown, n: number): number { return n + 1 } }',
      'B.mts':
        "import { add } from './_add.ts'\nexport class B { fire(job: unknown, n: number) { return add(n) } }",
      '_add.ts': 'export const add = (n: number): number => n + 2',
      'C.cjs': 'module.exports = class { fire(job, n) { return n + 3 } }',
      'D.mjs': 'export default class { fire(job, n) { return n + 4 } }',
      'E.js': 'exports.E = class { fire(job, n) { return n + 5 } }',
      'F.js': 'export default class { fire(job, n) { return n + 6 } }',
      'Empty.ts': '',
      'Broken.ts': "const a: number = 1\nthrow new Error('no ' + a)",
    })
    const { registry, problems } = await loadJobs({ folder, load: loadModule })
    const answers = ['A', 'B', 'C', 'D', 'E', 'F'].map((name) =>
      registry.resolve(name).open().run(delivery, 0),
    )
    expect(answers).toEqual([1, 2, 3, 4, 5, 6])
    expect(registry.resolve('A').tries).toBe(2)
    expect(problems.map(({ kind }) => kind)).toEqual(['broken', 'export'])
    expect(problems[0]!.message).toContain('no 1')
    expect(problems[0]!.message.split(join(folder, 'Broken.ts')).length - 1).toBeLessThanOrEqual(2)
    expect(problems[1]!.message).toContain('it exports nothing')
  })
})
