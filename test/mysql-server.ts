import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { onTestFinished } from 'vitest'
import { binary, commonFlags, dataTemplate, hint } from './mysql-data.ts'
import { launched, ServerProcess } from './server-process.ts'

export interface MysqlServerOptions {
  /** Further flags of mariadbd: `--wait-timeout=1`. */
  readonly flags?: readonly string[]
  /** Every commit is on the disk before it is answered, so that a killed server forgets none. */
  readonly durable?: boolean
}

/** What tests connect to. */
export interface SomeMysql {
  /** Of an empty database of the caller's own. */
  readonly url: string
  /** Runs SQL in that database and answers its rows. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** A mariadbd, or the mysqld that QUEUE_TEST_MYSQL_SERVER names, on a free port in a folder of its own. Resolves when it answers. */
export async function startMysql(options: MysqlServerOptions = {}): Promise<MysqlServer> {
  const template = await dataTemplate()
  return launched((port) => {
    const server = new MysqlServer(port, options)
    cpSync(template, server.folder, { recursive: true })
    return server
  })
}

/** The same for the running test alone: it is stopped when the test ends. */
export async function testMysql(options: MysqlServerOptions = {}): Promise<MysqlServer> {
  const server = await startMysql(options)
  onTestFinished(() => server.stop())
  return server
}

/** For tests that do nothing to the server: a database on that one or the one of QUEUE_TEST_MYSQL_URL, or else on one of their own. */
export async function someMysql(given = process.env.QUEUE_TEST_MYSQL_URL): Promise<SomeMysql> {
  const server = given ? undefined : await startMysql()
  const schema = await Schema.create(given ?? server!.url)
  return {
    url: schema.url,
    sql: (text, values) => schema.sql(text, values),
    async stop() {
      await schema.drop()
      await server?.stop()
    },
  }
}

/** A database with a name of its own on a server, and a connection to look into it. */
class Schema {
  readonly url: string
  readonly #name: string
  readonly #connection: mysql.Connection

  private constructor(server: string, name: string, connection: mysql.Connection) {
    const url = new URL(server)
    url.pathname = `/${name}`
    this.url = String(url)
    this.#name = name
    this.#connection = connection
  }

  static async create(server: string): Promise<Schema> {
    const connection = await connect(server)
    const name = `thinkq_test_${process.pid}_${randomBytes(5).toString('hex')}`
    await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
    await connection.query(`USE ${name}`)
    return new Schema(server, name, connection)
  }

  async sql(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const [rows] = await this.#connection.query(text, [...values])
    return rows as Record<string, unknown>[]
  }

  async drop(): Promise<void> {
    await this.#connection.query(`DROP DATABASE IF EXISTS ${this.#name}`)
    await this.#connection.end()
  }
}

export class MysqlServer {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly folder = mkdtempSync(join(tmpdir(), 'thinkq-mysql-'))
  readonly socket = join(this.folder, 'mysqld.sock')
  readonly #options: MysqlServerOptions
  readonly #process = new ServerProcess(binary, hint)
  #connection: Promise<mysql.Connection> | undefined

  constructor(port: number, options: MysqlServerOptions) {
    this.port = port
    this.#options = options
  }

  /** Of `root`, who has no password, in the database `test`. */
  get url(): string {
    return this.urlOf('root')
  }

  /** Of a user, by another port where something stands between. */
  urlOf(user: string, port = this.port): string {
    return `mysql://${user}@${this.host}:${port}/test`
  }

  get pid(): number {
    return this.#process.pid
  }

  get log(): string {
    return this.#process.log
  }

  /** Runs SQL as `root` and answers its rows. */
  async sql(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    this.#connection ??= this.#connect()
    const connection = await this.#connection
    const [rows] = await connection.query(text, [...values])
    return rows as Record<string, unknown>[]
  }

  /** The ids of the connections that others than `sql` hold. */
  async connections(): Promise<readonly number[]> {
    const rows = await this.sql(
      "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user <> 'system user'",
    )
    return rows.map(({ id }) => Number(id))
  }

  /** Ends those connections, as an operator does. */
  async killConnections(): Promise<void> {
    for (const id of await this.connections()) await this.sql(`KILL CONNECTION ${id}`).catch(() => undefined)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#forget()
    await this.#process.kill(signal)
  }

  /** The process stands still: its connections stay, nothing is answered. */
  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  /** Kills it if need be and starts it anew, on the same port and folder, with further flags. */
  async restart(flags: readonly string[] = []): Promise<void> {
    await this.kill()
    await this.launch(flags)
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Starts the process and resolves when it answers; rejects with what it said when it ends before. */
  async launch(flags: readonly string[] = []): Promise<void> {
    await this.#process.spawn([...this.#flags(), ...flags])
    await this.#process.says('ready for connections')
    await this.sql('CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4').catch(() => undefined)
  }

  #flags(): string[] {
    const { flags = [], durable = false } = this.#options
    return [
      ...commonFlags,
      ...[`--datadir=${this.folder}`, `--tmpdir=${this.folder}`, `--socket=${this.socket}`],
      ...[`--pid-file=${join(this.folder, 'pid')}`, `--port=${this.port}`, `--bind-address=${this.host}`],
      ...['--skip-log-bin', '--performance-schema=OFF', '--innodb-buffer-pool-size=32M'],
      `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
      ...flags,
    ]
  }

  async #connect(): Promise<mysql.Connection> {
    const connection = await connect(this.url.replace(/test$/, ''))
    connection.on('error', () => {
      this.#connection = undefined
    })
    return connection
  }

  async #forget(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await connection?.then((each) => each.destroy()).catch(() => undefined)
  }
}

function connect(url: string): Promise<mysql.Connection> {
  return mysql.createConnection({ uri: url, multipleStatements: true, dateStrings: true })
}
