import { createDatabase } from '../../../src/database/index.ts'

/** Holds the write lock of a file from its first message until it is told to go. */
const [file = ''] = process.argv.slice(2)
const database = createDatabase(file)
await database.execute('CREATE TABLE IF NOT EXISTS notes (text TEXT)')
await database.transaction(async (tx) => {
  await tx.execute('INSERT INTO notes VALUES (?)', ['from the child'])
  process.send?.('holding')
  await new Promise((resolve) => process.once('message', resolve))
})
await database.close()
process.disconnect?.()
