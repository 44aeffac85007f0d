import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinned } from '../../side-by-side/cores.js'
import { freePort } from '../../side-by-side/free-port.js'
import { peer } from '../../side-by-side/peers.js'
import { ServerProcess } from './process.js'

const debian = '/usr/lib/postgresql'
const isRoot = process.getuid?.() === 0
const user = 'postgres'

/** The folder of its programs, installed first where we may; null where there are none. */
export function postgresPrograms() {
  const found = programs()
  if (found !== null || !isRoot || !existsSync('/etc/debian_version')) return found
  console.error('installing postgresql')
  // RUNLEVEL=1: no server of its own is started on the usual port.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '--no-install-recommends', 'postgresql']
  execFileSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  return programs()
}

function programs() {
  const newest = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...newest.map((name) => join(debian, name, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null
}

/** It refuses to run as root: then it runs as the user of its package. */
function asUser(command, args) {
  if (!isRoot) return [command, args]
  return ['setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', command, ...args]]
}

/** A PostgreSQL of our own in a temporary folder, with its defaults: fsync, and each commit on the disk before it is answered. */
export class Postgres {
  #programs
  #folder = mkdtempSync(join(tmpdir(), 'thinkq-bench-postgres-'))
  #process
  #client
  #port

  constructor(folder) {
    this.#programs = folder
  }

  async start() {
    const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
    if (isRoot) chownSync(this.#folder, id('-u'), id('-g'))
    const data = join(this.#folder, 'data')
    const init = ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-locale']
    const [command, args] = asUser(join(this.#programs, 'initdb'), init)
    execFileSync(command, args, { stdio: 'ignore', cwd: this.#folder })
    this.#port = await freePort()
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.#folder,
    }
    const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
    const server = asUser(join(this.#programs, 'postgres'), ['-D', data, ...flags])
    this.#process = new ServerProcess(...pinned('server', ...server))
    const { Client } = await peer('pg')
    this.#client = await this.#process.ready(async () => {
      const client = new Client({ connectionString: this.urlOf(user) })
      await client.connect()
      return client
    })
  }

  urlOf(name) {
    return `postgres://${user}@127.0.0.1:${this.#port}/${name}`
  }

  async create(name) {
    await this.#client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    await this.#client.query(`CREATE DATABASE "${name}"`)
  }

  cpuMs() {
    return this.#process.cpuMs()
  }

  /** Transactions so far: what is sent outside of one is one by itself. */
  async statements() {
    const sql = 'SELECT sum(xact_commit + xact_rollback)::float8 AS count FROM pg_stat_database'
    return (await this.#client.query(sql)).rows[0].count
  }

  async version() {
    const { rows } = await this.#client.query('SHOW server_version')
    return `PostgreSQL ${rows[0].server_version.replace(/ .*/, '')}`
  }

  async stop() {
    await this.#client?.end()
    await this.#process?.stop('SIGINT')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
