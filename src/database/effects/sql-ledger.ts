import type { Effect, EffectLedger, EffectState } from '../../contract/effects.ts'
import type { Ms } from '../../contract/time.ts'
import { recordName, recordText, stateIn } from '../../effects/record.ts'
import type { Executor } from '../database.ts'
import type { EffectSql } from './effect-sql.ts'

/** One in so many looks for old ones. */
const prunesOneIn = 500

/** Effects in a table: through a database, where each call is committed when it answers, or inside one transaction. */
export class SqlLedger implements EffectLedger {
  readonly #executor: () => Promise<Executor>
  readonly #sql: EffectSql
  readonly #aside: SqlLedger | undefined

  /**
   * `executor` answers it once the table is there. Inside a transaction `aside` is the same table outside it, where old effects are
   * looked for; without it nobody does.
   */
  constructor(executor: () => Promise<Executor>, sql: EffectSql, aside?: SqlLedger) {
    this.#executor = executor
    this.#sql = sql
    this.#aside = aside
  }

  async note(effect: Effect, as: 'started' | 'done'): Promise<EffectState> {
    const executor = await this.#executor()
    const name = recordName(effect)
    // Inside a transaction nothing is only begun, and nothing else belongs there.
    if (as === 'started') await this.prune(effect.keepMs)
    else void this.#aside?.prune(effect.keepMs)
    for (;;) {
      const { affectedRows } = await executor.execute(this.#sql.insert, [name, recordText(effect, as)])
      if (affectedRows > 0) return 'new'
      const [row] = await executor.query<{ value: string }>(this.#sql.read, [name])
      // It may have been forgotten just now.
      if (row !== undefined) return stateIn(row.value, effect)
    }
  }

  async done(effect: Effect): Promise<void> {
    const executor = await this.#executor()
    await executor.execute(this.#sql.put, [recordName(effect), recordText(effect, 'done')])
  }

  /** Removes some that are too old, now and then; when that fails they wait for the next time. */
  async prune(keepMs: Ms | null): Promise<void> {
    if (keepMs === null || Math.random() * prunesOneIn >= 1) return
    const seconds = Math.ceil(keepMs / 1_000)
    try {
      const executor = await this.#executor()
      const old = await executor.query<{ name: string | Uint8Array }>(this.#sql.old, [seconds])
      // One by one: to look for them all under a lock would wait for those that others are writing.
      for (const { name } of old) await executor.execute(this.#sql.forget, [name, seconds])
    } catch {
      // Whatever it was, the caller's work is done.
    }
  }

  async forget(effect: Effect): Promise<void> {
    const executor = await this.#executor()
    const records = [recordText(effect, 'started'), recordText(effect, 'done')]
    await executor.execute(this.#sql.remove, [recordName(effect), ...records])
  }
}
