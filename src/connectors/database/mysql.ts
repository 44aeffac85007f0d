import type { Reservation } from '../../contract/connector.ts'
import type { Ms, Seconds } from '../../contract/time.ts'
import type { Executor, PackedTransaction } from '../../database/database.ts'
import { type EffectSql, mysqlEffects } from '../../database/effects/effect-sql.ts'
import { define } from '../../database/mysql/define.ts'
import type { ServerFacts } from '../../database/mysql/session.ts'
import type { Dialect, Expired, FailedEntry, LastClaim, Mark, NewJobs, Outlook } from './dialect.ts'
import { MysqlClaims } from './mysql-claims.ts'
import { MysqlLeases } from './mysql-leases.ts'
import { MysqlMarks } from './mysql-marks.ts'
import { MysqlOutlook } from './mysql-outlook.ts'
import { bytesOf, fence, idsFrom, insertRows, insertRowsLast, oneRow } from './mysql-sql.ts'
import type { TableNames } from './options.ts'
import { parseReceipt, type Receipt, receiptText } from './receipt.ts'
import { addIndexSql, dueIndex, failedSchema, jobsSchema, ownSchema } from './schema/mysql.ts'

/** MySQL and MariaDB, on the table that PHP made too. */
export class MysqlDialect implements Dialect {
  readonly names: TableNames
  readonly isRemote = true
  readonly jobsSchema: readonly string[]
  readonly failedSchema: readonly string[]
  readonly ddlCommits = true
  readonly forUpdate = ' FOR UPDATE'
  readonly putEntry: string
  readonly effects: EffectSql
  readonly #facts: () => ServerFacts
  readonly #leases: MysqlLeases
  readonly #outlook: MysqlOutlook
  readonly #claims: MysqlClaims
  readonly #marks: MysqlMarks

  constructor(names: TableNames, facts: () => ServerFacts) {
    this.names = names
    this.#facts = facts
    this.#leases = new MysqlLeases(names, facts)
    this.#outlook = new MysqlOutlook(names, this.#leases)
    this.#claims = new MysqlClaims(names, facts, this.#leases)
    this.#marks = new MysqlMarks(names)
    this.jobsSchema = [...jobsSchema(names), ...ownSchema(names)]
    this.failedSchema = failedSchema(names)
    this.effects = mysqlEffects(names.once)
    this.putEntry = `INSERT INTO \`${names.cache}\` (name, value, expires_at) VALUES (?, ?, ?)
      ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at)`
  }

  quote(name: string): string {
    return `\`${name}\``
  }

  bytes(column: string): string {
    return bytesOf(column)
  }

  /** An absent entry is held by one that has expired. */
  async lockEntry(tx: Executor, name: string): Promise<void> {
    await tx.execute(
      `INSERT INTO \`${this.names.cache}\` (name, value, expires_at) VALUES (?, '', 0) ON DUPLICATE KEY UPDATE name = name`,
      [name],
    )
  }

  mark(tx: PackedTransaction, mark: Mark): Promise<void> {
    return this.#marks.note(tx, mark)
  }

  async findOrVoid(tx: PackedTransaction, mark: Mark, count: number): Promise<readonly string[] | null> {
    const firstId = await this.#marks.findOrVoid(tx, mark)
    return firstId === null ? null : idsFrom(firstId, count, this.#facts())
  }

  async inspect(executor: Executor): Promise<boolean> {
    const wanted = Object.values(this.names)
    const found = await executor.query(
      `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (${wanted.map(() => '?').join()})`,
      wanted,
    )
    if (found.length < wanted.length) return false
    this.#claims.index = await this.#index(executor)
    return true
  }

  async create(executor: Executor): Promise<void> {
    for (const sql of [...this.jobsSchema, ...this.failedSchema]) await define(executor, sql)
  }

  async addIndexes(executor: Executor): Promise<void> {
    if ((await this.#index(executor)) === null) await define(executor, addIndexSql(this.names))
  }

  nowMs(executor: Executor): Promise<Ms> {
    return this.#outlook.nowMs(executor)
  }

  outlook(executor: Executor, queues: readonly string[], expireMs: Ms | null, now?: Ms): Promise<Outlook> {
    return this.#outlook.look(executor, queues, expireMs, now)
  }

  /** MySQL tells nobody of commits. */
  async version(): Promise<null> {
    return null
  }

  restMs(looks: number, quietMs: Ms): Ms {
    return this.#outlook.restMs(looks, quietMs)
  }

  async insert(tx: Executor, jobs: NewJobs): Promise<readonly string[]> {
    this.#claims.pushed(jobs)
    return insertRows(tx, this.names, jobs, this.#facts())
  }

  insertLast(tx: PackedTransaction, jobs: NewJobs, mark: Mark): Promise<readonly string[]> | null {
    this.#claims.pushed(jobs)
    return insertRowsLast(tx, this.names, jobs, this.#facts(), () => this.#marks.note(tx, mark))
  }

  claim(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<Reservation[]> {
    return this.#claims.claim(tx, queue, limit, now, reservedAt)
  }

  claimLast(tx: PackedTransaction, claim: LastClaim): Promise<readonly Reservation[]> | null {
    return this.#claims.claimLast(tx, claim)
  }

  expired(tx: PackedTransaction, queue: string, since: Seconds, now: Seconds): Promise<readonly Expired[]> {
    return this.#leases.expired(tx, queue, since, now)
  }

  async remove(tx: Executor, receipts: readonly string[]): Promise<ReadonlySet<string>> {
    const ours = fence(receipts)
    if (ours === null) return new Set()
    const from = `FROM ${this.quote(this.names.jobs)} WHERE ${ours}`
    const columns = 'id, attempts, available_at AS availableAt'
    if (this.#facts().returnsDeleted)
      return receiptsOf(await tx.query<Receipt>(`DELETE ${from} RETURNING ${columns}`))
    const [found] = await Promise.all([
      tx.query<Receipt>(`SELECT ${columns} ${from} FOR UPDATE`),
      tx.execute(`DELETE ${from}`),
    ])
    return receiptsOf(found)
  }

  async removeOne(tx: Executor, receipt: string): Promise<boolean> {
    const row = parseReceipt(receipt)
    if (row === null) return false
    const sql = `DELETE FROM ${this.quote(this.names.jobs)} WHERE ${oneRow(row)}`
    return (await tx.execute(sql)).affectedRows > 0
  }

  async release(tx: PackedTransaction, receipt: string, dueAt: Seconds, spend: boolean): Promise<boolean> {
    const row = parseReceipt(receipt)
    if (row === null) return false
    this.#claims.released()
    const set = `reserved = 0, reserved_at = NULL, attempts = attempts + ${spend ? 1 : 0},
      available_at = GREATEST(?, available_at + 1)`
    const sql = `UPDATE ${this.quote(this.names.jobs)} SET ${set} WHERE ${oneRow(row)}`
    return (await tx.execute(sql, [dueAt])).affectedRows > 0
  }

  async bury(tx: PackedTransaction, receipt: string, entry: FailedEntry): Promise<boolean> {
    const row = parseReceipt(receipt)
    if (row === null) return false
    const from = `FROM ${this.quote(this.names.jobs)} WHERE ${oneRow(row)}`
    const copy = `INSERT INTO ${this.quote(this.names.failed)} (connection, queue, payload, exception, fail_time)
      SELECT ?, queue, payload, ?, ? ${from} FOR UPDATE`
    const [copied] = await Promise.all([
      tx.execute(copy, [entry.connection, entry.reason, entry.failTime]),
      tx.execute(`DELETE ${from}`),
    ])
    return copied.affectedRows > 0
  }

  async touch(
    executor: Executor,
    receipts: readonly string[],
    reservedAt: Seconds,
  ): Promise<ReadonlySet<string>> {
    const ours = fence(receipts)
    if (ours === null) return new Set()
    const jobs = this.quote(this.names.jobs)
    const { affectedRows } = await executor.execute(`UPDATE ${jobs} SET reserved_at = ? WHERE ${ours}`, [
      reservedAt,
    ])
    if (affectedRows === receipts.length) return new Set(receipts)
    return receiptsOf(
      await executor.query<Receipt>(
        `SELECT id, attempts, available_at AS availableAt FROM ${jobs} WHERE ${ours}`,
      ),
    )
  }

  /** The name of the index that reserving goes by. */
  async #index(executor: Executor): Promise<string | null> {
    const found = await executor.query<{ name: string; columns: string }>(
      `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = ? GROUP BY index_name`,
      [this.names.jobs],
    )
    // An index of another name serves as well; InnoDB puts the id behind every one by itself.
    return found.find(({ columns }) => `${columns.toLowerCase()},id`.startsWith(dueIndex))?.name ?? null
  }
}

function receiptsOf(rows: readonly Receipt[]): ReadonlySet<string> {
  return new Set(rows.map(receiptText))
}
