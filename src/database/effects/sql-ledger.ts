import type { Effect, EffectLedger, EffectState } from '../../contract/effects.ts'
import { keptFor, recordName, recordText, stateIn } from '../../effects/record.ts'
import type { Executor } from '../database.ts'
import type { EffectSql } from './effect-sql.ts'

/** One in so many looks for old ones. */
const prunesOneIn = 500

/** Effects in a table: through a database, where each call is committed when it answers, or inside one transaction. */
export class SqlLedger implements EffectLedger {
  readonly #executor: () => Promise<Executor>
  readonly #sql: EffectSql

  /** `executor` answers it once the table is there. */
  constructor(executor: () => Promise<Executor>, sql: EffectSql) {
    this.#executor = executor
    this.#sql = sql
  }

  async note(effect: Effect, as: 'started' | 'done'): Promise<EffectState> {
    const executor = await this.#executor()
    const name = recordName(effect)
    // Inside a transaction nothing is only begun, and nothing else belongs there.
    if (as === 'started') await this.prune()
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
  async prune(): Promise<void> {
    if (Math.random() * prunesOneIn >= 1) return
    try {
      await (await this.#executor()).execute(this.#sql.prune, [keptFor])
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
