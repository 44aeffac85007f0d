import { describe, expect, it } from 'vitest'
import { createConnector } from '../../src/connectors/index.ts'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { ConfigError } from '../../src/contract/errors.ts'
import { loadModule } from '../../src/process/modules.ts'
import { folderWith } from '../config/folder.ts'

function create(connector: string, root: string, options: Record<string, unknown> = {}) {
  return createConnector(
    { connector, default: 'default', expire: 60, options },
    { connection: 'main', root, load: loadModule },
  )
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as Error).message
}

const whole = `{
  name: 'mine', wire: 'row', resolutionMs: 1, options, surroundings,
  async open() {}, async close() {}, async push(batch) { return batch.map(({ id }) => id) }, isTransient: () => false }`

describe('connectors of ours', () => {
  it('memory is made by its name', async () => {
    expect(await create('memory', '/')).toBeInstanceOf(MemoryConnector)
  })

  it('database is made by its name, on the file its dsn says, from the root', async () => {
    const made = await create('database', folderWith({}), { dsn: 'sqlite:./jobs.sqlite' })
    expect(made).toMatchObject({ name: 'database', wire: 'row' })
    await made.close()
  })

  it('redis is made by its name, and connects to nothing yet', async () => {
    const made = await create('redis', '/', { host: '127.0.0.1', port: 1 })
    expect(made).toMatchObject({ name: 'redis', wire: 'member' })
    await made.close()
  })

  it('topthink is said to be still missing', async () => {
    expect(await refusal(create('topthink', '/'))).toBe(
      'connection "main": the connector topthink is not in this version yet; use redis, database or memory',
    )
  })

  it('sync is not made here, where no jobs are known', async () => {
    expect(await refusal(create('sync', '/'))).toContain('sync keeps no jobs')
  })
})

describe('a connector of the user’s own', () => {
  it.each([
    ['default export', `export default (options: object, surroundings: object) => (${whole})`],
    ['async factory', `export default async (options: object, surroundings: object) => (${whole})`],
    ['named export', `export const createConnector = (options: object, surroundings: object) => (${whole})`],
    [
      'export called connector',
      `export function connector(options: object, surroundings: object) { return ${whole} }`,
    ],
  ])('is made by its %s, with its options and surroundings', async (_, text) => {
    const root = folderWith({ 'my-connector.ts': text })
    expect(await create('./my-connector.ts', root, { shards: 4 })).toMatchObject({
      name: 'mine',
      options: { shards: 4 },
      surroundings: { connection: 'main', root },
    })
  })

  it('may be CommonJS, lie deeper, or be a package', async () => {
    const text = `module.exports = { createConnector: (options, surroundings) => (${whole}) }`
    const root = folderWith({
      'src/store.cjs': text,
      'node_modules/@acme/store/package.json': '{ "main": "store.js" }',
      'node_modules/@acme/store/store.js': `module.exports = (options, surroundings) => (${whole})`,
    })
    for (const connector of ['src/store.cjs', '@acme/store'])
      expect(await create(connector, root)).toMatchObject({ name: 'mine' })
  })
})

describe('a connector that is wrong', () => {
  const lacking = whole.replace('async close() {},', '')
  it.each([
    [
      'throws when loaded',
      'throw new Error("no driver")',
      /could not be loaded: no driver \(at .*mine\.ts:1\)$/,
    ],
    ['exports nothing', 'export {}', /exports no factory; .*It exports nothing$/],
    [
      'exports something else',
      'export const a = 1\nexport default { b: 2 }',
      /It exports a \(number\), default \(object\)$/,
    ],
    [
      'throws when made',
      'export default () => { throw new Error("no host") }',
      /threw when it was made: no host$/,
    ],
    [
      'makes nothing',
      'export default () => {}',
      /no connector: it lacks name, wire, resolutionMs, open\(\), close\(\), push\(\)/,
    ],
    ['lacks a method', `export default (options, surroundings) => (${lacking})`, /it lacks close\(\)$/],
    [
      'reserves but cannot settle',
      `export default (options, surroundings) => ({ ...${whole}, async reserve() { return [] }, failed: {} })`,
      /it lacks settle\(\), touch\(\), size\(\), clear\(\), cache$/,
    ],
  ])('because it %s is told so', async (_, text, message) => {
    const told = await refusal(create('./mine.ts', folderWith({ 'mine.ts': text })))
    expect(told).toMatch(/^connection "main": the connector \.\/mine\.ts/)
    expect(told).toMatch(message)
  })

  it('because it is not there is told with the path that was tried', async () => {
    const root = folderWith({})
    expect(await refusal(create('./gone.ts', root))).toContain(`./gone.ts: ${root}/gone.ts does not exist`)
    expect(await refusal(create('@acme/gone', root))).toContain('the package @acme/gone could not be loaded')
  })
})
