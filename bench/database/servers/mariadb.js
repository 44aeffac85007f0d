import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { pinned } from '../../side-by-side/cores.js'
import { freePort } from '../../side-by-side/free-port.js'
import { ServerProcess } from './process.js'

const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []

/** A mariadbd of our own in a temporary folder, with its defaults: each commit is on the disk before it is answered. */
export class MariaDb {
  #folder = mkdtempSync(join(tmpdir(), 'thinkq-bench-mariadb-'))
  #process
  #client
  #port

  async start() {
    const place = `--datadir=${this.#folder}/data`
    const plain = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db']
    await promisify(execFile)('mariadb-install-db', [...plain, ...asRoot, place])
    this.#port = await freePort()
    const settings = ['--bind-address=127.0.0.1', '--skip-name-resolve', '--innodb-flush-log-at-trx-commit=1']
    const where = [`--port=${this.#port}`, `--socket=${this.#folder}/socket`, place]
    this.#process = new ServerProcess(
      ...pinned('server', 'mariadbd', ['--no-defaults', ...asRoot, ...where, ...settings]),
    )
    this.#client = await this.#process.ready(() => mysql.createConnection(this.urlOf('')))
  }

  urlOf(name) {
    return `mysql://root@127.0.0.1:${this.#port}/${name}`
  }

  /** An empty database of that name. */
  async create(name) {
    await this.#client.query(`DROP DATABASE IF EXISTS \`${name}\``)
    await this.#client.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`)
  }

  cpuMs() {
    return this.#process.cpuMs()
  }

  /** Statements it was sent so far, this one included. */
  async statements() {
    const [[row]] = await this.#client.query("SHOW GLOBAL STATUS LIKE 'Questions'")
    return Number(row.Value)
  }

  async version() {
    const [[row]] = await this.#client.query('SELECT VERSION() AS version')
    return `MariaDB ${row.version.replace(/-.*/, '')}`
  }

  async stop() {
    this.#client?.destroy()
    await this.#process?.stop('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
