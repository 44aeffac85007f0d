import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LoadOptions } from '../../src/config/load.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/contract/errors.ts'
import { folderWith } from './folder.ts'

/** Loads with an environment of its own, so that neither the machine's nor another test's shines through. */
function load(cwd: string, options: LoadOptions = {}) {
  return loadConfig({ cwd, env: {}, ...options })
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return (error as Error).message
}

/** The user's document, word for word but for the language. */
const redisForm = `{
  connector: 'Redis', expire: 60, default: 'default', host: '127.0.0.1', port: 6379, password: '',
  select: 1, timeout: 0, persistent: false }`

describe('where the configuration is found', () => {
  const names = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].flatMap((end) => [
    `queue.config.${end}`,
    `config/queue.config.${end}`,
  ])
  it.each(names)('%s is read', async (name) => {
    const isCommonJs = /\.(cts|cjs)$/.test(name)
    const text = `${isCommonJs ? 'module.exports =' : 'export default'} { connector: 'memory', default: 'found' }`
    const root = folderWith({ [name]: text, 'package.json': '{ "type": "module" }' })
    const config = await load(root)
    expect(config).toMatchObject({ file: join(root, name), root, connection: 'memory' })
    expect(config.connections.memory).toMatchObject({ connector: 'memory', default: 'found' })
    expect(config.jobs).toBe(join(root, 'jobs'))
  })

  it.each([
    ['queue.config.json', '{ "connector": "memory" }'],
    ['config/queue.config.json', '{ "connector": "memory", "$schema": "x" }'],
    ['.queuerc', '{ "connector": "memory" }'],
    ['.queuerc', 'connector: memory'],
    ['package.json', '{ "queue": { "connector": "memory" } }'],
  ])('%s holding %s is read', async (name, text) => {
    const root = folderWith({ [name]: text })
    expect(await load(root)).toMatchObject({ file: join(root, name), root, connection: 'memory' })
  })

  it('it is found upward from the working directory, past a package.json without it', async () => {
    const root = folderWith({
      'queue.config.mjs': `export default { connector: 'memory' }`,
      'packages/shop/package.json': '{}',
      'packages/shop/src/index.js': '',
    })
    expect(await load(join(root, 'packages/shop/src'))).toMatchObject({ root, connection: 'memory' })
  })

  it('it is found from the folder of node_modules/.bin when the working directory has none', async () => {
    const project = folderWith({ 'config/queue.config.json': '{ "connector": "memory" }' })
    const elsewhere = folderWith({})
    expect((await load(elsewhere, { startedFrom: project })).root).toBe(project)
  })

  it('a named file is read from the working directory, and one that is missing is refused', async () => {
    const root = folderWith({ 'deploy/prod.json': '{ "connector": "memory" }', 'queue.config.json': '{}' })
    expect((await load(root, { file: 'deploy/prod.json' })).root).toBe(join(root, 'deploy'))
    expect(await refusal(load(root, { file: 'nope.ts' }))).toContain(
      `${join(root, 'nope.ts')} does not exist`,
    )
  })
})

describe('the forms of think-queue', () => {
  it('the flat Redis form is understood as it stands', async () => {
    const root = folderWith({ 'queue.config.ts': `export default ${redisForm}` })
    const { connection, connections, notices } = await load(root)
    expect(connection).toBe('redis')
    expect(connections.redis).toEqual({
      connector: 'redis',
      default: 'default',
      expire: 60,
      options: {
        ...{ host: '127.0.0.1', port: 6379, password: '', select: 1 },
        ...{ timeout: 10, persistent: false, breakReconnect: true },
      },
    })
    expect(notices).toEqual([expect.stringContaining('persistent does nothing here')])
  })

  it.each([
    ['Redis', 'redis'],
    ['REDIS', 'redis'],
    ['Sync', 'sync'],
    ['Topthink', 'topthink'],
    ['memory', 'memory'],
    ['\\think\\queue\\connector\\Redis', 'redis'],
    ['think\\queue\\connector\\Sync', 'sync'],
    ['./my-connector.ts', './my-connector.ts'],
    ['@acme/queue-store', '@acme/queue-store'],
  ])('the connector %s is %s', async (written, settled) => {
    const root = folderWith({ 'queue.config.json': JSON.stringify({ connector: written }) })
    const { connection, connections } = await load(root)
    expect(connections[connection]!.connector).toBe(settled)
  })

  it('an empty dsn, as a text, a list or an object, means DATABASE_URL', async () => {
    for (const dsn of ['', [], {}]) {
      const root = folderWith({
        'queue.config.json': JSON.stringify({ connector: 'Database', table: 'j', dsn }),
      })
      const config = await load(root, { env: { DATABASE_URL: 'sqlite:./a.sqlite' } })
      expect(config.connections.database!.options).toMatchObject({ dsn: 'sqlite:./a.sqlite', table: 'j' })
      expect(await refusal(load(root))).toMatch(/dsn is empty and DATABASE_URL is not set/)
    }
  })

  it('keys may be written in the PHP fashion, and expire: null is for ever', async () => {
    const text = { connector: 'redis', break_reconnect: false, expire: null, auto_delete: true }
    const root = folderWith({ 'queue.config.json': JSON.stringify(text) })
    const config = await load(root)
    expect(config.autoDelete).toBe(true)
    expect(config.connections.redis).toMatchObject({ expire: null, options: { breakReconnect: false } })
  })

  it('options of a connector of the user’s own are handed on, whatever their names', async () => {
    const root = folderWith({ 'queue.config.json': '{ "connector": "./mine.ts", "shards": 4, "host": "h" }' })
    const config = await load(root)
    expect(config.connection).toBe('mine')
    expect(config.connections.mine!.options).toEqual({ shards: 4, host: 'h' })
  })

  it('a key of another connector is accepted with a notice', async () => {
    const root = folderWith({ 'queue.config.json': '{ "connector": "memory", "select": 1 }' })
    expect((await load(root)).notices).toEqual([
      expect.stringContaining('select does nothing with the connector memory'),
    ])
  })
})

describe('what is said beside the connection', () => {
  it('is no option of it, in the flat form too', async () => {
    const text = `export default { connector: 'memory', middleware: [(job, next) => next()], on: {} }`
    expect((await load(folderWith({ 'queue.config.mjs': text }))).notices).toEqual([])
  })
})

describe('several connections', () => {
  const two = `export default {
    expire: 90,
    connection: 'main',
    connections: { main: { connector: 'Redis', select: 2 }, test: { connector: 'memory', expire: 5 } } }`

  it('each takes from the top level what it does not say itself', async () => {
    const config = await load(folderWith({ 'queue.config.mjs': two }))
    expect(config.connection).toBe('main')
    expect(config.connections.main).toMatchObject({ connector: 'redis', expire: 90, options: { select: 2 } })
    expect(config.connections.test).toMatchObject({ connector: 'memory', expire: 5 })
  })

  it('a flag beats the environment, and the environment beats the file', async () => {
    const root = folderWith({ 'queue.config.mjs': two })
    expect((await load(root, { env: { QUEUE_CONNECTION: 'test' } })).connection).toBe('test')
    const both = { env: { QUEUE_CONNECTION: 'test' }, overrides: { connection: 'main' } }
    expect((await load(root, both)).connection).toBe('main')
  })

  it('an unknown name is refused with a near one', async () => {
    const root = folderWith({ 'queue.config.mjs': two })
    expect(await refusal(load(root, { overrides: { connection: 'mian' } }))).toContain(
      'there is no connection "mian" (did you mean "main"?); there are main, test',
    )
  })

  it('one that is not in use needs no DATABASE_URL, and what it takes from the top level is no notice', async () => {
    const text = `export default { host: 'h', connection: 'test', connections: {
      main: { connector: 'database' }, test: { connector: 'memory' } } }`
    expect(await load(folderWith({ 'queue.config.mjs': text }))).toMatchObject({
      connection: 'test',
      notices: [],
    })
  })

  it('one without a connector is refused by its name', async () => {
    const root = folderWith({
      'queue.config.json': '{ "connections": { "main": {} } }',
      'package.json': '{}',
    })
    expect(await refusal(load(root))).toContain('connections.main names no connector')
  })

  it('what is undefined was not written', async () => {
    const text = `export default { connector: 'memory', expire: undefined, autoDelete: undefined, jobs: undefined,
      worker: { tries: undefined } }`
    const config = await load(folderWith({ 'queue.config.mjs': text }))
    expect(config.worker.tries).toBe(0)
    expect(config).toMatchObject({ autoDelete: false, connections: { memory: { expire: 60 } } })
  })

  it('without a choice it asks which', async () => {
    const root = folderWith({ 'queue.config.mjs': two.replace("connection: 'main',", '') })
    expect(await refusal(load(root))).toContain(`say which connection to use, as connection: 'main'`)
  })
})

describe('the environment', () => {
  it('beats the file for the connection in use and for the worker', async () => {
    const root = folderWith({
      'queue.config.json': '{ "connector": "redis", "port": 1, "worker": { "tries": 3, "sleep": 9 } }',
    })
    const env = {
      QUEUE_PORT: '6380',
      QUEUE_REDIS_URL: 'redis://h',
      QUEUE_WORKER_TRIES: '7',
      QUEUE_JOBS: 'src/jobs',
    }
    const config = await load(root, { env })
    expect(config.connections.redis!.options).toMatchObject({ port: 6380, url: 'redis://h' })
    expect(config.worker).toMatchObject({ tries: 7, sleep: 9 })
    expect(config.jobs).toBe(join(root, 'src/jobs'))
  })

  it('another connector may be chosen without a word about keys of the first', async () => {
    const root = folderWith({
      'queue.config.ts': `export default ${redisForm.replace('persistent: false', '')}`,
    })
    const config = await load(root, { env: { QUEUE_CONNECTOR: 'Memory' } })
    expect(config).toMatchObject({ connection: 'memory', notices: [] })
    expect(config.connections.memory!.options).toEqual({})
  })

  it('a figure that is none is refused, naming the variable', async () => {
    const root = folderWith({ 'queue.config.json': '{ "connector": "redis" }' })
    expect(await refusal(load(root, { env: { QUEUE_PORT: 'abc' } }))).toContain(
      'variable QUEUE_PORT is "abc"',
    )
  })

  it('a credential queue.env of systemd is read before .env, and beats no variable that is set', async () => {
    const root = folderWith({
      '.env': 'QUEUE_EXPIRE=15\nQUEUE_DEFAULT=dotenv\nQUEUE_TABLE=dotenv\n',
      'handed/queue.env': 'QUEUE_DEFAULT=handed\nQUEUE_TABLE=handed\n',
      'package.json': '{}',
    })
    const env = { CREDENTIALS_DIRECTORY: join(root, 'handed'), QUEUE_TABLE: 'set' }
    const { connections } = await load(root, { env })
    expect(connections.database).toMatchObject({ default: 'handed', expire: 15, options: { table: 'set' } })
    const none = await load(root, { env: { CREDENTIALS_DIRECTORY: join(root, 'nowhere') } })
    expect(none.connections.database).toMatchObject({ default: 'dotenv' })
  })

  it('.env in the root is read before the file, and beats no variable that is set', async () => {
    const root = folderWith({
      '.env': 'QUEUE_EXPIRE=15\nQUEUE_DEFAULT="from file"\n# QUEUE_TABLE=x\n',
      'config/queue.config.json': '{ "connector": "memory", "expire": 60 }',
    })
    const env: NodeJS.ProcessEnv = { QUEUE_DEFAULT: 'from shell' }
    const config = await load(root, { env })
    expect(config.connections.memory).toMatchObject({ expire: 15, default: 'from shell' })
    expect(env.QUEUE_EXPIRE).toBe('15')
  })
})

describe('nothing configured', () => {
  it('the embedded store serves in a folder with a package.json, and says where', async () => {
    const root = folderWith({ 'package.json': '{}', 'src/a.js': '' })
    const config = await load(join(root, 'src'))
    expect(config).toMatchObject({ file: null, root, connection: 'database' })
    expect(config.connections.database!.options.dsn).toBe('sqlite:./.queue/queue.sqlite')
    expect(config.notices).toEqual([
      `No configuration found: jobs are kept in the embedded store ${join(root, '.queue', 'queue.sqlite')}`,
    ])
  })

  it('a file that names no connector is served the same way', async () => {
    const root = folderWith({ 'package.json': '{}', 'queue.config.json': '{ "jobs": "./tasks" }' })
    const config = await load(root)
    expect(config.connections.database!.connector).toBe('database')
    expect(config.notices[0]).toContain('queue.config.json names no connector')
    expect(config.jobs).toBe(join(root, 'tasks'))
  })

  it('elsewhere it is refused, naming the folders that were searched', async () => {
    const folder = folderWith({ 'a/b/file': '' })
    const other = folderWith({})
    const message = await refusal(load(join(folder, 'a/b'), { startedFrom: other }))
    for (const searched of [join(folder, 'a/b'), join(folder, 'a'), folder, other])
      expect(message).toContain(searched)
  })

  it('settings of a server without a connector are a mistake, not a reason to keep jobs elsewhere', async () => {
    const root = folderWith({ 'package.json': '{}', 'queue.config.json': '{ "host": "redis.internal" }' })
    expect(await refusal(load(root))).toContain(`host is set but no connector; write connector: 'redis'`)
  })

  it('a connector chosen by the environment alone is enough', async () => {
    const config = await load(folderWith({}), { env: { QUEUE_CONNECTOR: 'memory' } })
    expect(config).toMatchObject({ file: null, connection: 'memory', notices: [] })
  })
})

describe('files that cannot be used', () => {
  it.each([
    [
      'queue.config.ts',
      'export default {{',
      /queue\.config\.ts could not be loaded: .*queue\.config\.ts:1:\d+/,
    ],
    [
      'queue.config.mjs',
      'throw new Error("no database")',
      /queue\.config\.mjs could not be loaded: no database/,
    ],
    ['queue.config.mjs', 'export const queue = {}', /has no default export \(it exports queue\)/],
    ['queue.config.mjs', 'export default () => ({})', /expected an object of settings, not function/],
    ['queue.config.json', '{ "connector": }', /queue\.config\.json/],
    ['queue.config.json', '', /queue\.config\.json is empty/],
    ['.queuerc', 'connector: [', /\.queuerc/],
    ['queue.config.json', '[]', /expected an object of settings, not a list/],
  ])('%s holding %j is one clear error', async (name, text, message) => {
    const root = folderWith({ [name]: text, 'package.json': '{}' })
    expect(await refusal(load(root))).toMatch(message)
  })

  it('an error of ENOENT inside the configuration does not pass for a missing file', async () => {
    const text = `import { readFileSync } from 'node:fs'\nexport default { dsn: readFileSync('/nowhere/x', 'utf8') }`
    const root = folderWith({ 'queue.config.mjs': text, 'package.json': '{}' })
    expect(await refusal(load(root))).toMatch(/queue\.config\.mjs could not be loaded: ENOENT/)
  })

  it('a folder of the name is not passed over', async () => {
    const root = folderWith({ 'package.json': '{}' })
    mkdirSync(join(root, '.queuerc'))
    expect(await refusal(load(root))).toContain('may not be read')
  })
})
