import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/contract/errors.ts'
import { discoverJobs } from '../../src/jobs/discover.ts'
import { jobsFolder } from './temp-jobs.ts'

const namesIn = (folder: string) => discoverJobs(folder)!.map(({ name }) => name)

test('every module of the folder and of nested folders is a job, sorted by path', () => {
  const folder = jobsFolder({
    'Job1.ts': '',
    'b.mts': '',
    'c.js': '',
    'd.mjs': '',
    'e.cjs': '',
    'f.cts': '',
    'Admin/Job1.ts': '',
    'admin-notes/Deep/Er/Job2.js': '',
  })
  expect(namesIn(folder)).toEqual(['admin/Job1', 'Job1', 'admin-notes/Deep/Er/Job2', 'b', 'c', 'd', 'e', 'f'])
  expect(discoverJobs(folder)![0]).toEqual({ name: 'admin/Job1', file: join(folder, 'Admin', 'Job1.ts') })
})

test('declarations, source maps, tests, private names, dot names and other people’s modules are no jobs', () => {
  const folder = jobsFolder({
    'Job1.js': '',
    'Job1.d.ts': '',
    'Job1.d.mts': '',
    'Job1.d.json.ts': '',
    'Job1.js.map': '',
    'Job1.test.ts': '',
    'Job1.spec.mjs': '',
    'README.md': '',
    'data.json': '',
    'View.tsx': '',
    '_shared.ts': '',
    '.hidden.js': '',
    '.git/hook.js': '',
    '__tests__/Job1.js': '',
    'node_modules/left/index.js': '',
    'admin/node_modules/left/index.js': '',
  })
  expect(namesIn(folder)).toEqual(['Job1'])
})

test('two files of one name are both listed, for the caller to refuse', () => {
  expect(namesIn(jobsFolder({ 'Job1.ts': '', 'Job1.js': '' }))).toEqual(['Job1', 'Job1'])
})

test('a missing folder is told apart from an empty one', () => {
  const folder = jobsFolder()
  expect(discoverJobs(folder)).toEqual([])
  expect(discoverJobs(join(folder, 'nowhere'))).toBeNull()
})

test('a file in the place of the folder is an error that names it', () => {
  const folder = jobsFolder({ jobs: 'text' })
  expect(() => discoverJobs(join(folder, 'jobs'))).toThrow(ConfigError)
  expect(() => discoverJobs(join(folder, 'jobs'))).toThrow(`${join(folder, 'jobs')} is not a folder`)
})

test.skipIf(process.platform === 'win32')(
  'links in a circle end, and a link never takes the place of the real folder (Windows asks for a privilege to link)',
  () => {
    const folder = jobsFolder({ 'real/Job1.js': '', 'real/deep/Job2.js': '' })
    symlinkSync(folder, join(folder, 'real', 'back'))
    symlinkSync(join(folder, 'real'), join(folder, 'a-link'))
    symlinkSync('self', join(folder, 'self'))
    expect(namesIn(folder)).toEqual(['real/Job1', 'real/deep/Job2'])
  },
)

test.skipIf(process.platform === 'win32')(
  'links to files and to folders elsewhere are followed; a dangling one is listed (not on Windows either)',
  () => {
    const elsewhere = jobsFolder({ 'Job2.js': '' })
    const folder = jobsFolder()
    writeFileSync(join(elsewhere, 'lone.txt'), '')
    symlinkSync(elsewhere, join(folder, 'other'))
    symlinkSync(join(elsewhere, 'Job2.js'), join(folder, 'Job3.js'))
    symlinkSync(join(elsewhere, 'gone.js'), join(folder, 'Job4.js'))
    symlinkSync(join(elsewhere, 'gone'), join(folder, 'gone'))
    expect(namesIn(folder)).toEqual(['Job3', 'Job4', 'other/Job2'])
  },
)
