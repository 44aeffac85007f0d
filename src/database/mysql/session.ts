import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import type { MysqlConnection } from './connection.ts'
import { rowsOf } from './reply.ts'

/** What must be known of a server before it is used. */
export interface ServerFacts {
  /** The server by its own identity, and the database on it: the same by whatever address it was reached. */
  readonly location: string
  /** Largest statement in bytes. */
  readonly maxPacket: number
  /** From one id of AUTO_INCREMENT to the next. */
  readonly idStep: number
  /** Whether FOR UPDATE can skip what others hold. */
  readonly skipsLocked: boolean
  /** Whether DELETE answers what it removed. */
  readonly returnsDeleted: boolean
  /** Whether several statements may be one, `BEGIN NOT ATOMIC … END`. */
  readonly runsBlocks: boolean
}

export interface SessionOptions {
  /** Longest wait for a row lock. */
  readonly busyMs: Ms
  /** Whether the session's time is UTC; otherwise it is as the server has it. */
  readonly isUtc: boolean
  /** Whether several statements may travel together; never for SQL that is not all our own. */
  readonly isPacked: boolean
}

const variables = [
  ...['version', 'server_uuid', 'hostname', 'port', 'datadir'],
  ...['max_allowed_packet', 'auto_increment_increment', 'sql_mode', 'idle_transaction_timeout'],
]

/** Sets a new connection's session, unless it is somebody else's, and answers what its server is. */
export async function openSession(
  connection: MysqlConnection,
  options: SessionOptions,
  isTheirs = false,
): Promise<ServerFacts> {
  if (!isTheirs) await setSession(connection, options)
  const names = variables.map((name) => `'${name}'`).join()
  const found = rowsOf(await connection.send(`SHOW VARIABLES WHERE Variable_name IN (${names})`))
  const values = new Map(found.map((row) => [String(row.Variable_name), String(row.Value)]))
  if (/NO_BACKSLASH_ESCAPES/.test(values.get('sql_mode') ?? ''))
    throw new StoreError(
      'this connection has NO_BACKSLASH_ESCAPES in its sql_mode, under which values would not be escaped as mysql2 does it',
      { code: 'SQL', transient: false },
    )
  if (!isTheirs && options.isPacked) await connection.send(endingSilence(values))
  const [named] = rowsOf(await connection.send('SELECT DATABASE() AS name'))
  return factsOf(values, String(named?.name))
}

async function setSession(connection: MysqlConnection, { busyMs, isUtc }: SessionOptions): Promise<void> {
  const settings = [
    // Values are escaped with backslashes; and a text that does not fit is refused, never cut.
    `sql_mode = CONCAT_WS(',', REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', ''), 'STRICT_TRANS_TABLES')`,
    `innodb_lock_wait_timeout = ${Math.max(1, Math.ceil(busyMs / 1000))}`,
    ...(isUtc ? [`time_zone = '+00:00'`] : []),
  ]
  await connection.send(`SET ${settings.map((each) => `SESSION ${each}`).join(', ')}`)
  await connection.send('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
}

/** Ours never pause in the midst of a transaction. */
const silentTransactionSeconds = 10
/** A server that cannot tell such a pause from another ends what idles, and it is made anew when it is needed. */
const silentSeconds = 60

/**
 * A server learns late, or not for hours, that a machine has vanished: until then it would hold for it what it was just taking, and nobody
 * would see those jobs.
 */
function endingSilence(values: ReadonlyMap<string, string>): string {
  return values.has('idle_transaction_timeout')
    ? `SET SESSION idle_transaction_timeout = ${silentTransactionSeconds}`
    : `SET SESSION wait_timeout = ${silentSeconds}`
}

/** `server_uuid` is MySQL's; a MariaDB is known by its machine, port and folder. */
function factsOf(values: ReadonlyMap<string, string>, database: string): ServerFacts {
  const value = (name: string) => values.get(name) ?? ''
  const server = value('server_uuid') || `${value('hostname')}:${value('port')}:${value('datadir')}`
  const version = value('version')
  const isMariaDb = /mariadb/i.test(version)
  return {
    location: `mysql:${server}/${database}`,
    maxPacket: Number(value('max_allowed_packet')) || 1024 * 1024,
    idStep: Number(value('auto_increment_increment')) || 1,
    skipsLocked: isAtLeast(version, isMariaDb ? [10, 6] : [8, 0]),
    returnsDeleted: isMariaDb && isAtLeast(version, [10, 0]),
    runsBlocks: isMariaDb && isAtLeast(version, [10, 2]),
  }
}

function isAtLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
}
