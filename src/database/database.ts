/** What a `?` may stand for. A boolean is stored as 1 or 0; dates are the caller's to spell. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null

/** Runs SQL with `?` placeholders. Rejects with `StoreError`. */
export interface Executor {
  /** The rows of a statement. An integer beyond 2^53 comes as BigInt. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>
  /** Runs a statement for its effect. `insertId` is 0 when it inserted nothing. */
  execute(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<{ readonly affectedRows: number; readonly insertId: number }>
}

/** An open transaction: its own connection, holding the write lock. Unusable once its function has ended. */
export interface Transaction extends Executor {
  /** Where the data lies: of SQLite, the absolute file. */
  readonly location: string
  /** Runs `fn` once the COMMIT has succeeded, never otherwise. An error in it is a process warning and undoes nothing. */
  afterCommit(fn: () => void | Promise<void>): void
}

/** A database. Connections are made when first needed; statements outside a transaction never run inside one. */
export interface Database extends Executor {
  /** Commits when `fn` returns, rolls back when it throws, and answers or rethrows what it did. */
  transaction<T>(fn: (tx: Transaction) => Promise<T>): Promise<T>
  /** Waits for the transactions under way, then lets go of everything; later calls reject. Safe to call twice. */
  close(): Promise<void>
  /** Where the data lies: of SQLite, the absolute file. */
  readonly location: string
  /** How often a connection had to be given up: the data may be others' since, without the tables that were there. */
  readonly reopened: number
}

export interface DatabaseOptions {
  /** `sqlite:./queue.sqlite`, `sqlite:/var/lib/app.sqlite`, `file:…` or a plain path. */
  readonly url: string
  /** Folder that a relative path starts from; default: the working directory. */
  readonly root?: string
  /** Longest wait, in ms, for a lock that another connection or process holds; default 10,000. */
  readonly busyMs?: number
}
