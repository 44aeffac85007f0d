import { createDatabase } from '../../../src/database/index.ts'
import { sqliteDriver } from '../../../src/database/sqlite/driver.ts'

/** Writes to a file as an ordinary user: root becomes nobody first, when all modules are loaded. Says how it went. */
const [file = ''] = process.argv.slice(2)
await sqliteDriver()
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(65_534)
  process.setuid?.(65_534)
}
const database = createDatabase(file)
const failure = await database.execute('CREATE TABLE notes (text TEXT)').then(
  () => null,
  ({ name, code, message, transient }) => ({ name, code, message, transient }),
)
process.send?.(failure)
await database.close()
process.disconnect?.()
