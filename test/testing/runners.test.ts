import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as nodeTest from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, expectTypeOf, it } from 'vitest'
import { conformance, type Runner } from '../../src/testing/conformance/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const memory = new URL('../../dist/connectors/memory/', import.meta.url).href

/** Stands in for the reader's connector: one memory store for each root. */
const myConnector = `
import { MemoryConnector } from '${memory}index.js'
import { MemoryStore } from '${memory}store.js'
const stores = new Map()
export default (options, { root, connection }) => {
  if (!stores.has(root)) stores.set(root, new MemoryStore())
  return new MemoryConnector({ ...options, connection, store: stores.get(root) })
}
`

let project: string
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'thinkq-runners-'))
  await mkdir(join(project, 'node_modules'))
  await symlink(root, join(project, 'node_modules/thinkq'), 'junction')
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
})
afterEach(() => rm(project, { recursive: true }))

it('the lines of docs/writing-a-connector.md run every case of the built suite on node:test', async () => {
  const page = await readFile(join(root, 'docs/writing-a-connector.md'), 'utf8')
  const lines = /```js\n(\/\/ my-connector\.test\.js\n.*?)```/s.exec(page)?.[1]
  await writeFile(join(project, 'my-connector.js'), myConnector)
  await writeFile(join(project, 'my-connector.test.js'), lines!)
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  const args = ['--test-reporter=tap', 'my-connector.test.js']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env })
  const cases = conformance({ create: () => Promise.reject(new Error('not run')) })
  expect(stdout).toContain(`# pass ${cases.length}\n`)
  expect(stdout).toContain('# fail 0\n')
})

it('describe and it of node:test and of vitest are a Runner as they are', () => {
  expectTypeOf<Pick<typeof nodeTest, 'describe' | 'it'>>().toExtend<Runner>()
  expectTypeOf<Pick<typeof import('vitest'), 'describe' | 'it'>>().toExtend<Runner>()
})
