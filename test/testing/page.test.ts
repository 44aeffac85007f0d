import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const register = `import { Queue } from 'thinkq'
export async function register(name) {
  if (name === '') throw new Error('a user needs a name')
  await Queue.later(600, 'SendWelcome', { name })
}
`

const sendWelcome = `export default class SendWelcome {
  async fire(job, { name }) {
    await job.once('sms', () => console.log('welcome ' + name))
    await job.delete()
  }
}
`

it('the examples of docs/testing.md pass as they stand, and fail where the code under test is wrong', {
  timeout: 60_000,
}, async () => {
  const page = await readFile(join(root, 'docs/testing.md'), 'utf8')
  const project = await mkdtemp(join(tmpdir(), 'thinkq-page-'))
  onTestFinished(() => rm(project, { recursive: true }))
  await mkdir(join(project, 'jobs'))
  await mkdir(join(project, 'node_modules'))
  await symlink(root, join(project, 'node_modules/thinkq'), 'junction')
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
  await writeFile(join(project, 'register.js'), register)
  await writeFile(join(project, 'jobs/SendWelcome.mjs'), sendWelcome)
  const examples = [...page.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs)]
  for (const [, name, text] of examples) await writeFile(join(project, name!), text!)
  const names = examples.map(([, name]) => name!)
  const tests = names.filter((name) => name.endsWith('.test.js'))
  expect(tests).toEqual(['register.test.js', 'send-welcome.test.js', 'pay-order.test.js'])
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  const run = () =>
    promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', ...tests], {
      cwd: project,
      env,
    }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
  expect(await run()).toMatch(/^# pass 5\n# fail 0$/m)
  await writeFile(join(project, 'register.js'), register.replace('600', '60'))
  const payOrder = await readFile(join(project, 'jobs/PayOrder.mjs'), 'utf8')
  await writeFile(join(project, 'jobs/PayOrder.mjs'), payOrder.replace(/job\.onceIn\(.*?=> (.*)\)/, '$1'))
  const output = await run()
  expect(output).toContain('SendWelcome was not pushed with')
  expect(output).toMatch(
    /PayOrder\.mjs:7:5 \(killed after the await\)\s+actual +\[ \{ order_id: 42.*\{ order_id: 42/,
  )
  expect(output).toMatch(/^# pass 3\n# fail 2$/m)
})
