import { onTestFinished } from 'vitest'
import { databaseOf } from '../../../src/database/create.ts'
import { createDatabase, type Database, type DatabaseOptions } from '../../../src/database/index.ts'

/** A database of an application, closed when the test ends. */
export function applicationDatabase(url: string, options: DatabaseOptions = {}): Database {
  return closedAtTheEnd(createDatabase({ url, ...options }))
}

/** The same as the queue has it, whose statements travel together. */
export function queueDatabase(url: string, options: DatabaseOptions = {}) {
  return closedAtTheEnd(databaseOf({ url, ...options }, 'queue'))
}

function closedAtTheEnd<D extends Database>(database: D): D {
  onTestFinished(() => database.close())
  return database
}

/** A promise to be resolved from outside. */
export class Gate {
  open = () => {}
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}
