import { StoreError } from '../../contract/errors.ts'
import type { Executor } from '../database.ts'

/** Runs a statement of DDL; a user who may not is told what somebody else must run. */
export async function define(executor: Executor, sql: string): Promise<void> {
  try {
    await executor.execute(sql)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'DENIED') throw error
    throw new StoreError(`${error.message}; somebody who may must run this first:\n${sql};`, {
      code: 'DENIED',
      transient: false,
      cause: error,
    })
  }
}
