import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { conformance } from '../../src/testing/conformance/index.ts'

it('the built suite runs on node:test too, every case of it', async () => {
  const file = fileURLToPath(new URL('on-node-test.js', import.meta.url))
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--test-reporter=tap', file], { env })
  const cases = conformance({ create: () => Promise.reject(new Error('not run')) })
  expect(stdout).toContain(`# pass ${cases.length}\n`)
  expect(stdout).toContain('# fail 0\n')
  for (const { name } of cases) expect(stdout).toContain(asTap(name))
})

/** A name as the TAP reporter writes it. */
function asTap(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('#', '\\#')
}
