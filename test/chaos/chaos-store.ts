import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { QueueConfig } from '../../src/config/schema.ts'
import { databaseOf } from '../../src/database/create.ts'
import { startMysql } from '../mysql-server.ts'
import { startRedis } from '../redis-server.ts'
import type { Random } from '../seeded.ts'
import { mountDisk } from '../small-disk.ts'
import type { StoreName } from '../store-names.ts'
import { forAWhile } from './strike.ts'

/** What can be done to a store as a whole. */
export interface StoreFault {
  readonly what: string
  readonly weight: number
  /** Resolves when the store is whole again. */
  readonly act: (random: Random) => Promise<unknown>
}

/** A store of the caller's own, durable: what it answered for is there after kill -9. */
export interface ChaosStore {
  readonly name: StoreName
  /** The server and its version. */
  readonly version: string
  /** Where it listens; undefined: it is a file. */
  readonly port: number | undefined
  readonly faults: readonly StoreFault[]
  /** Whether somebody holds everybody up now; of a server nobody can. */
  isHeldUp(): Promise<boolean>
  /** How it is reached by that port. */
  configOf(port: number | undefined): QueueConfig
  stop(): Promise<void>
}

/** Seconds. */
export const expire = 6

export function startStore(name: StoreName, folder: string): Promise<ChaosStore> {
  return { redis: startRedisStore, mysql: startMysqlStore, sqlite: startSqliteStore }[name](folder)
}

/** A process that can be killed, and stopped for a while. */
interface Server {
  killConnections(): Promise<void>
  kill(): Promise<void>
  launch(): Promise<void>
  pause(): void
  resume(): void
}

function serverFaults(server: Server): readonly StoreFault[] {
  return [
    {
      what: 'server killed',
      weight: 2,
      act: async (random) => {
        await server.kill()
        await sleep(random(2_000))
        await server.launch()
      },
    },
    {
      what: 'server frozen',
      weight: 1,
      act: (random) =>
        forAWhile(
          1_000 + random(7_000),
          () => server.pause(),
          () => server.resume(),
        ),
    },
    { what: 'connections killed', weight: 4, act: () => server.killConnections() },
  ]
}

async function startRedisStore(): Promise<ChaosStore> {
  const server = await startRedis({ aof: true, config: ['lua-time-limit 100'] })
  const nobody = await startNobody()
  const info = String(await server.cli('INFO', 'server'))
  return {
    name: 'redis',
    version: `Redis ${/redis_version:(\S+)/.exec(info)?.[1]}, appendfsync always`,
    port: server.port,
    configOf: (port) => ({ connector: 'redis', host: server.host, port: port!, expire }),
    faults: [
      ...serverFaults(server),
      {
        what: 'read-only',
        weight: 2,
        act: (random) =>
          forAWhile(
            1_000 + random(3_000),
            () => server.cli('REPLICAOF', '127.0.0.1', nobody.port),
            () => server.cli('REPLICAOF', 'NO', 'ONE'),
          ),
      },
      {
        what: 'out of memory',
        weight: 2,
        act: (random) =>
          forAWhile(
            1_000 + random(3_000),
            () => server.cli('CONFIG', 'SET', 'maxmemory', 1),
            () => server.cli('CONFIG', 'SET', 'maxmemory', 0),
          ),
      },
      { what: 'busy with a script', weight: 2, act: (random) => busy(server.url, 500 + random(2_500)) },
    ],
    isHeldUp: async () => false,
    async stop() {
      nobody.close()
      await server.stop()
    },
  }
}

/** A primary that hangs up. Its port is held, for a replica of whoever else took it would be given his data in place of its own. */
async function startNobody(): Promise<{ readonly port: number; close(): void }> {
  const listener = createServer((socket) => socket.destroy())
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const { port } = listener.address() as AddressInfo
  return { port, close: () => void listener.close() }
}

async function busy(url: string, ms: number): Promise<void> {
  const [script, killer] = [1, 2].map(() => new Redis(url, { enableReadyCheck: false }))
  try {
    await killer!.ping()
    const over = script!.eval('while true do end', 0).catch(() => undefined)
    await sleep(ms)
    await killer!.call('SCRIPT', 'KILL')
    await over
  } finally {
    script!.disconnect()
    killer!.disconnect()
  }
}

async function startMysqlStore(): Promise<ChaosStore> {
  const server = await startMysql({ durable: true })
  // Not root, who may write to a read-only server.
  await server.sql('CREATE USER worker; GRANT ALL ON test.* TO worker')
  const [row] = await server.sql('SELECT VERSION() AS version')
  return {
    name: 'mysql',
    version: `${row!.version}, innodb_flush_log_at_trx_commit=1`,
    port: server.port,
    configOf: (port) => ({ connector: 'database', dsn: server.urlOf('worker', port), expire }),
    faults: [
      ...serverFaults(server),
      {
        what: 'read-only',
        weight: 2,
        act: (random) =>
          forAWhile(
            1_000 + random(3_000),
            () => server.sql('SET GLOBAL read_only = 1'),
            () => server.sql('SET GLOBAL read_only = 0'),
          ),
      },
    ],
    isHeldUp: async () => false,
    stop: () => server.stop(),
  }
}

async function startSqliteStore(folder: string): Promise<ChaosStore> {
  const disk = smallDisk(folder)
  const dsn = `sqlite:${join(folder, 'queue.sqlite')}`
  const database = databaseOf({ url: dsn }, 'application')
  const [row] = await database.query<{ version: string }>('SELECT sqlite_version() AS version')
  await database.close()
  return {
    name: 'sqlite',
    version: `SQLite ${row!.version}, synchronous=FULL`,
    port: undefined,
    configOf: () => ({ connector: 'database', dsn, expire }),
    faults: [{ what: 'file locked', weight: 4, act: (random) => lock(dsn, random(6_000)) }, ...disk.faults],
    isHeldUp: () => isLocked(dsn),
    stop: async () => disk.remove(),
  }
}

async function lock(url: string, ms: number): Promise<void> {
  const database = databaseOf({ url }, 'application')
  await database.transaction(() => sleep(ms)).finally(() => database.close())
}

/** For longer than a write takes. */
async function isLocked(url: string): Promise<boolean> {
  const database = databaseOf({ url, busyMs: 400 }, 'application')
  const locked = (error: unknown) => (error as { readonly code?: unknown }).code === 'BUSY'
  return database
    .execute('CREATE TABLE IF NOT EXISTS chaos (held INTEGER)')
    .then(() => database.execute('INSERT INTO chaos VALUES (1)'))
    .then(() => false, locked)
    .finally(() => database.close())
}

/** A disk of its own for that folder, where this machine lets us make one, so that it can be filled up. */
function smallDisk(folder: string): { readonly faults: readonly StoreFault[]; remove(): void } {
  const disk = mountDisk(folder, 64)
  if ('reason' in disk) {
    console.error(`a full disk is not tried: none can be mounted here (${disk.reason.trim()})`)
    return { faults: [], remove: () => undefined }
  }
  const ballast = join(folder, 'ballast')
  const act = (random: Random) =>
    forAWhile(
      1_000 + random(3_000),
      () => fill(ballast),
      () => rmSync(ballast, { force: true }),
    )
  return {
    faults: [{ what: 'disk full', weight: 2, act }],
    remove: () => disk.unmount(),
  }
}

/** Writes until nothing more goes in. */
function fill(file: string): void {
  for (let bytes = 1 << 20; bytes >= 1 << 9; )
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      bytes /= 2
    }
}
