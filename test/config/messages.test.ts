import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compose } from '../../src/compose.ts'
import { type LoadOptions, loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/contract/errors.ts'
import { folderWith } from './folder.ts'

/** Loads with an environment of its own, so that neither the machine's nor another test's shines through. */
function load(cwd: string, options: LoadOptions = {}) {
  return loadConfig({ cwd, env: {}, ...options })
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as Error).message
}

describe('a connector of no known name', () => {
  it.each([
    ['flat', `{ connector: 'Databse' }`, 'connector'],
    ['flat, its connection named', `{ connection: 'main', connector: 'Databse' }`, 'connector'],
    [
      'among connections',
      `{ connections: { main: { connector: 'Databse' } } }`,
      'connections.main.connector',
    ],
  ])('is refused with file, key and what was meant: %s', async (_, text, key) => {
    const root = folderWith({ 'queue.config.mjs': `export default ${text}` })
    expect(await refusal(load(root))).toContain(
      `${join(root, 'queue.config.mjs')}: ${key}: unknown connector "Databse" (did you mean "database"?)`,
    )
  })

  it.each([
    ['flat', `{ connector: 'memory' }`],
    ['among connections', `{ connections: { main: { connector: 'memory' } } }`],
  ])('is refused with the variable that set it: %s', async (_, text) => {
    const root = folderWith({ 'queue.config.mjs': `export default ${text}` })
    expect(await refusal(load(root, { env: { QUEUE_CONNECTOR: 'bogus' } }))).toMatch(
      /^environment variable QUEUE_CONNECTOR: unknown connector "bogus"/,
    )
  })
})

it('JSON that cannot be read is shown once, after what is wrong and where', async () => {
  const root = folderWith({ 'queue.config.json': '{ "connector": "memory", }' })
  const message = await refusal(load(root))
  expect(message).toContain(join(root, 'queue.config.json'))
  expect(message).toMatch(/Expected double-quoted property name in JSON at position \d+/)
  // From Node 22 on the reason has line and column in it, and the parser adds no excerpt of its own.
  const [reason, ...excerpts] = message.split('> 1 |')
  expect(excerpts).toHaveLength(reason!.includes('(line 1 column ') ? 0 : 1)
  expect(reason).toContain('JSON at position')
})

describe('a connector that cannot be made names the file of its settings, once', () => {
  it.each([
    [
      'topthink',
      `{ connector: 'topthink' }`,
      'connection "topthink": the connector topthink is not in this version yet',
    ],
    [
      'MySQL',
      `{ connector: 'database', dsn: 'mysql://u:p@h' }`,
      'database "mysql://***@h": names no database',
    ],
    ['a missing module', `{ connector: './none.mjs' }`, 'connection "none": the connector ./none.mjs'],
  ])('%s', async (_, text, problem) => {
    const root = folderWith({ 'queue.config.mjs': `export default ${text}` })
    const file = join(root, 'queue.config.mjs')
    const message = await refusal(compose(await load(root)))
    expect(message.startsWith(`${file}: ${problem}`)).toBe(true)
    expect(message.split(file)).toHaveLength(2)
  })

  it('without a file there is none to name', async () => {
    const config = await load(folderWith({}), { env: { QUEUE_CONNECTOR: 'topthink' } })
    expect(await refusal(compose(config))).toMatch(/^connection "topthink": the connector topthink is not/)
  })
})
