/** What a `?` may stand for. A boolean is stored as 1 or 0; dates are the caller's to spell. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null

/** Runs SQL with `?` placeholders. Rejects with `StoreError`. */
export interface Executor {
  /** The rows of a statement. An integer beyond 2^53 comes as BigInt; of MySQL, dates, decimals and JSON come as texts. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>
  /** Runs a statement for its effect. `insertId` is 0 when it inserted nothing. */
  execute(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<{ readonly affectedRows: number; readonly insertId: number }>
}

/** An open transaction on a connection of its own. Unusable once its function has ended. */
export interface Transaction extends Executor {
  /** Where the data lies: of SQLite, the absolute file; of MySQL, the server by its own identity, and the database on it. */
  readonly location: string
  /** Runs `fn` once the COMMIT has succeeded, never otherwise. An error in it is a process warning and undoes nothing. */
  afterCommit(fn: () => void | Promise<void>): void
}

/** A transaction of this package's own parts, whose statements may travel together. */
export interface PackedTransaction extends Transaction {
  /** Runs a statement for its effect, before the next one or the COMMIT: with them in one round trip where that is possible. */
  defer(sql: string, params?: readonly SqlValue[]): Promise<void>
  /** What is sent in this tick is the last: the COMMIT travels with it where that is possible, and nothing more may be sent. */
  finish(): void
}

export interface TransactionOptions {
  /**
   * Whether the whole function may be run again when a deadlock, a lock wait or a lost connection undid it: up to ten times.
   * It is never run again once its COMMIT was sent. Default false: the error is the caller's.
   */
  readonly repeat?: boolean
}

/** A database. Connections are made when first needed; statements outside a transaction never run inside one. */
export interface Database extends Executor {
  /** Commits when `fn` returns, rolls back when it throws, and answers or rethrows what it did. */
  transaction<T>(fn: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** The rows of a query one by one. MySQL sends them as they are taken; SQLite reads all at the start. */
  stream<Row = Record<string, unknown>>(sql: string, params?: readonly SqlValue[]): AsyncIterable<Row>
  /** Waits for the transactions under way, then lets go of everything; later calls reject. Safe to call twice. */
  close(): Promise<void>
  /** As that of a transaction. Of MySQL it is the address as it was written until the first connection is made. */
  readonly location: string
  /** The same once it is known for certain: connects if need be. */
  locate(): Promise<string>
  /** How often a connection had to be given up: the data may be others' since, without the tables that were there. */
  readonly reopened: number
}

/** A database for this package's own parts. */
export interface PackedDatabase extends Database {
  /** Known to hold nothing, not even a file, which a statement would make. */
  readonly isEmpty: boolean
  transaction<T>(fn: (tx: PackedTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** How a database is reached: by its URL, or MySQL and MariaDB by their parts. */
export interface DatabaseOptions {
  /** `sqlite:./queue.sqlite`, `sqlite:/var/lib/app.sqlite`, `file:…`, a plain path, or `mysql://user:password@host:port/name`. */
  readonly url?: string
  /** Folder that a relative path starts from; default: the working directory. */
  readonly root?: string
  /** Longest wait, in ms, for a lock that another connection or process holds; default 10,000. */
  readonly busyMs?: number
  /**
   * A pool of mysql2 that exists already, with promises or callbacks, in place of all that says where. It stays its owner's: its
   * sessions and types are left as they are, and `close` does not end it.
   */
  readonly pool?: unknown
  /** MySQL: default 127.0.0.1. */
  readonly host?: string
  /** MySQL: default 3306. */
  readonly port?: number
  readonly user?: string
  readonly password?: string
  /** MySQL: the name of the database. */
  readonly database?: string
  /** MySQL: path of a unix socket, in place of host and port. */
  readonly socket?: string
  /** MySQL: true, or options such as `{ ca, cert, key }`. It verifies by default. */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  /** MySQL: longest wait for a connection; default 10,000. */
  readonly connectMs?: number
  /** MySQL: longest wait for the answer to one statement, after which its connection is given up; default 60,000. */
  readonly deadlineMs?: number
  /** MySQL: most connections at once; default 10. */
  readonly connections?: number
  /** MySQL: whether a statement outside a transaction is repeated once when its connection was lost; default true. */
  readonly breakReconnect?: boolean
}
