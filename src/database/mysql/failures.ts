import { StoreError } from '../../contract/errors.ts'

/** What an error of MySQL means, in the words of `StoreError.code`. */
interface Failure {
  readonly code: string
  readonly transient: boolean
  readonly meaning: string
}

const lost: Failure = { code: 'CONNECTION_LOST', transient: true, meaning: 'the connection was lost' }
const unavailable: Failure = {
  code: 'UNAVAILABLE',
  transient: true,
  meaning: 'the server takes no connections now',
}
const readOnly: Failure = { code: 'READONLY', transient: true, meaning: 'the server is read-only' }
const deadlock: Failure = { code: 'DEADLOCK', transient: true, meaning: 'a deadlock undid the transaction' }
const busy: Failure = { code: 'BUSY', transient: true, meaning: 'others held a lock all the time' }
const full: Failure = { code: 'FULL', transient: true, meaning: 'the disk or table is full' }
const denied: Failure = { code: 'DENIED', transient: false, meaning: 'this user may not' }
const constraint: Failure = { code: 'CONSTRAINT', transient: false, meaning: 'a constraint refused it' }
const tooLarge: Failure = {
  code: 'TOO_LARGE',
  transient: false,
  meaning: 'the statement is larger than max_allowed_packet of the server',
}

const byNumber = new Map<number, Failure>([
  // The server or somebody ended the connection: shut down, aborted, killed, idle for too long.
  ...[
    1053, 1077, 1078, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1189, 1190, 1927, 2006, 2013, 2055, 3169,
    4031,
  ].map((errno) => [errno, lost] as const),
  // Too many connections, of all or of this user; a host that is blocked; a node that is not in its cluster.
  ...[1040, 1047, 1129, 1203, 1226, 3032].map((errno) => [errno, unavailable] as const),
  ...[1290, 1792, 1836].map((errno) => [errno, readOnly] as const),
  ...[1213, 1614].map((errno) => [errno, deadlock] as const),
  // With innodb_snapshot_isolation a changed row counts as a conflict.
  ...[1020, 1205, 1637, 3572].map((errno) => [errno, busy] as const),
  ...[1021, 1114].map((errno) => [errno, full] as const),
  ...[1044, 1045, 1049, 1130, 1142, 1143, 1227, 1251, 1698].map((errno) => [errno, denied] as const),
  ...[1048, 1062, 1216, 1217, 1451, 1452, 3819, 4025].map((errno) => [errno, constraint] as const),
  ...[1153, 1301].map((errno) => [errno, tooLarge] as const),
])

/** What sockets say. None of these counts unless MySQL's driver raised it. */
const socketCodes = new Set([
  ...['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', 'EMFILE'],
])

/** After these nothing more is known of what the server thinks of the connection, or it leads to the wrong server. */
const spoiling = new Set(['CONNECTION_LOST', 'UNAVAILABLE', 'READONLY', 'TIMEOUT', 'PROTOCOL', 'TOO_LARGE'])
/** The database is away, whatever the statement was. */
const away = new Set(['CONNECTION_LOST', 'COMMIT_UNKNOWN', 'UNAVAILABLE', 'READONLY'])

interface DriverError {
  readonly code?: unknown
  readonly errno?: unknown
  readonly sqlState?: unknown
  readonly fatal?: unknown
  readonly message?: unknown
}

/** What mysql2 says of a connection that was closed, by the server or by its owner, in errors without a code. */
const closedTexts = /Can't (add new command when connection is|write) in closed state/

/**
 * Its own mark `fatal` has to stand beside the text; only of a closed pool there is nothing but the text, which then has to be
 * all there is.
 */
function saysClosed({ code, fatal, message, ...others }: DriverError): boolean {
  if (code !== undefined || typeof message !== 'string') return false
  if (fatal === true) return closedTexts.test(message)
  return message === 'Pool is closed.' && Object.keys(others).length === 0
}

/** An error that mysql2 raised, as this project's own, naming the database. */
export function storeError(error: unknown, where: string): StoreError {
  const detail = error instanceof Error ? error.message : String(error)
  const { code, transient, meaning } = failureOf(error as DriverError)
  const text = meaning === '' ? detail : `${meaning} (${detail})`
  return new StoreError(`database ${where}: ${text}`, { code, transient, cause: error })
}

function failureOf(error: DriverError): Failure {
  const known = typeof error.errno === 'number' ? byNumber.get(error.errno) : undefined
  // 1290 stands for every option that prevents a statement; only this one passes.
  if (known === readOnly && error.errno === 1290 && !/read.only/i.test(String((error as Error).message)))
    return { code: 'SQL', transient: false, meaning: '' }
  if (known !== undefined) return known
  if ((typeof error.code === 'string' && socketCodes.has(error.code)) || saysClosed(error)) return lost
  if (error.sqlState === undefined && /TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO/.test(String(error.code)))
    return { code: 'TLS', transient: false, meaning: 'no trusted connection could be made' }
  if (error.fatal === true && error.sqlState === undefined) return { ...lost, code: 'CONNECTION_LOST' }
  return { code: 'SQL', transient: false, meaning: '' }
}

export function spoilsConnection(error: unknown): boolean {
  return error instanceof StoreError && spoiling.has(error.code)
}

export function isDeadlock(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'DEADLOCK'
}

/** Whether the same transaction may well succeed when it is run again. */
export function isConflict(error: unknown): boolean {
  return isDeadlock(error) || (error instanceof StoreError && error.code === 'BUSY')
}

/** Whether our client lost its connection. */
export function isLost(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'CONNECTION_LOST'
}

/** How far a chain of causes is followed. */
const longestChain = 8

/**
 * Whether an error says that a database is away: our client raised it, or it carries MySQL's own fields. A bare ECONNRESET may
 * have come from anywhere, and a message alone proves nothing.
 */
export function isConnectionLost(error: unknown): boolean {
  let at: unknown = error
  for (let depth = 0; depth < longestChain && typeof at === 'object' && at !== null; depth++) {
    if (saysLost(at as DriverError & { readonly name?: unknown; readonly transient?: unknown })) return true
    at = within(at)
  }
  return false
}

/** What an error wraps, as JavaScript, TypeORM and Sequelize call it. */
function within(error: object): unknown {
  const { cause, driverError, parent } = error as Partial<Record<'cause' | 'driverError' | 'parent', unknown>>
  return cause ?? driverError ?? parent
}

function saysLost(error: DriverError & { readonly name?: unknown; readonly transient?: unknown }): boolean {
  if (error.name === 'StoreError') return error.transient === true && away.has(String(error.code))
  if (typeof error.errno === 'number' && typeof error.sqlState === 'string') {
    const known = byNumber.get(error.errno)
    if (known !== undefined) return known === lost || known === unavailable || failureOf(error) === readOnly
    // The class 08 of SQL's states is "connection exception", for those who number their errors otherwise.
    return /^08/.test(error.sqlState)
  }
  // Of a cluster of pools, whose nodes are all offline.
  if (saysClosed(error) || error.code === 'POOL_NONEONLINE') return true
  return error.fatal === true && typeof error.code === 'string' && socketCodes.has(error.code)
}
