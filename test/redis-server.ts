import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { launched, ServerProcess } from './server-process.ts'

export interface RedisServerOptions {
  /** Writes an append-only file, synced at every command, so that a restart brings everything back. */
  readonly aof?: boolean
  /** Of the user `default`. */
  readonly password?: string
  /** Lines of an ACL file: `user queue on >secret …`. */
  readonly acl?: readonly string[]
  /** Listens on a unix socket too. */
  readonly unixSocket?: boolean
  /** Further lines of the configuration: `maxmemory 4mb`. */
  readonly config?: readonly string[]
  /** A sentinel with these lines of configuration, in place of a server. */
  readonly sentinel?: readonly string[]
}

/** What tests connect to. */
export interface SomeRedis {
  readonly url: string
  /** Fresh at every call of `someRedis`: what all keys of the caller must begin with. */
  readonly prefix: string
  stop(): Promise<void>
}

const binary = process.env.QUEUE_TEST_REDIS_SERVER ?? 'redis-server'
const hint =
  'The tests of Redis need a redis-server: apt-get install redis-server (or valkey-server), or name a binary in QUEUE_TEST_REDIS_SERVER'

/** A redis-server of the caller's own, on a free port, in a folder of its own. Resolves when it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  return launched((port) => new RedisServer(port, options))
}

/** The same for the running test alone: it is stopped when the test ends. */
export async function testRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

/** For tests that neither kill nor flush the server: the one of QUEUE_TEST_REDIS_URL, or one of their own. */
export async function someRedis(): Promise<SomeRedis> {
  const url = process.env.QUEUE_TEST_REDIS_URL
  const prefix = `test-${process.pid}-${Math.random().toString(36).slice(2)}:`
  if (url) return { url, prefix, stop: async () => undefined }
  const server = await startRedis()
  return { url: server.url, prefix, stop: () => server.stop() }
}

export class RedisServer {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly folder = mkdtempSync(join(tmpdir(), 'thinkq-redis-'))
  /** Path of the unix socket, where one was asked for. */
  readonly socket = join(this.folder, 'redis.sock')
  readonly #options: RedisServerOptions
  readonly #process = new ServerProcess(binary, hint)
  #client: Redis | undefined

  constructor(port: number, options: RedisServerOptions) {
    this.port = port
    this.#options = options
  }

  /** Of the user `default`. */
  get url(): string {
    const { password } = this.#options
    return `redis://${password === undefined ? '' : `:${password}@`}${this.host}:${this.port}`
  }

  get pid(): number {
    return this.#process.pid
  }

  /** All that the server has said. */
  get log(): string {
    return this.#process.log
  }

  /** Sends a command as the user `default` and answers its reply; an error reply rejects. */
  async cli(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.#connected().call(command, ...args)
  }

  /** The same, with Buffers for texts. */
  async cliBuffer(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.#connected().callBuffer(command, ...args)
  }

  /** Ends the connections of all others, as an operator does. */
  async killConnections(): Promise<void> {
    await this.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await this.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
  }

  /** Resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#process.kill(signal)
  }

  /** The process stands still: its connections stay, nothing is answered. */
  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  /** Kills it if need be and starts it anew, on the same port and folder, with further lines of configuration. */
  async restart(config: readonly string[] = []): Promise<void> {
    await this.kill()
    await this.launch(config)
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    this.#client?.disconnect()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Starts the process and resolves when it is ready; rejects with what it said when it ends before. */
  async launch(config: readonly string[] = []): Promise<void> {
    await this.spawn(config)
    await this.says(this.#options.sentinel ? 'Sentinel ID is' : 'eady to accept connections')
    await this.cli('PING')
  }

  /** Starts the process and no more: it may still be loading. */
  async spawn(config: readonly string[] = []): Promise<void> {
    const file = join(this.folder, 'redis.conf')
    writeFileSync(file, [...this.#configuration(), ...config, ''].join('\n'))
    await this.#process.spawn(this.#options.sentinel ? [file, '--sentinel'] : [file])
  }

  /** Resolves when its log has that; rejects with the end of the log when the server ends without. */
  async says(text: string): Promise<void> {
    await this.#process.says(text)
  }

  /** Resolves when a replica has all that was written so far; `key` is one that this server may write. */
  async replicated(key = 'replicated'): Promise<void> {
    // WAIT waits for the writes of its own connection alone, so there must be one.
    await this.cli('SET', key, '1', 'PX', 1)
    if ((await this.cli('WAIT', 1, 5_000)) === 0) throw new Error('no replica has what was written')
  }

  /** Adds commands, as the protocol writes them, to the append-only file of a server that is not running. */
  appendToFile(commands: string): void {
    const folder = join(this.folder, 'appendonlydir')
    const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
    const file = files.find((name) => name.endsWith('.incr.aof')) ?? join(this.folder, 'appendonly.aof')
    appendFileSync(file, commands)
  }

  #configuration(): string[] {
    const { aof = false, password, acl, unixSocket = false, config = [], sentinel } = this.#options
    const own = [`port ${this.port}`, `bind ${this.host}`, `dir ${this.folder}`]
    if (sentinel !== undefined) return [...own, ...sentinel]
    if (acl !== undefined) this.#writeUsers(acl)
    return [
      ...own,
      'save ""',
      aof ? 'appendonly yes' : 'appendonly no',
      'appendfsync always',
      // Otherwise a replica waits 5 s for others to join it.
      'repl-diskless-sync-delay 0',
      ...(unixSocket ? [`unixsocket ${this.socket}`] : []),
      ...(acl === undefined ? [] : [`aclfile ${join(this.folder, 'users.acl')}`]),
      ...(password === undefined || acl !== undefined ? [] : [`requirepass ${password}`]),
      ...config,
    ]
  }

  #writeUsers(acl: readonly string[]): void {
    const { password } = this.#options
    const all = `user default on ${password === undefined ? 'nopass' : `>${password}`} ~* &* +@all`
    writeFileSync(join(this.folder, 'users.acl'), [all, ...acl, ''].join('\n'))
  }

  #connected(): Redis {
    this.#client ??= this.#connect()
    return this.#client
  }

  #connect(): Redis {
    const client = new Redis(this.url, {
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      disableClientInfo: true,
    })
    client.on('error', () => undefined)
    client.once('close', () => {
      if (this.#client === client) this.#client = undefined
    })
    return client
  }
}
