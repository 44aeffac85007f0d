import { createDatabase } from '../../../src/database/index.ts'

/** Writes one note, says what the file's journal mode is or why it was refused, and stays until told to go. */
const [file = '', stay = ''] = process.argv.slice(2)
const database = createDatabase(file)
try {
  await database.execute('CREATE TABLE IF NOT EXISTS notes (text TEXT)')
  await database.execute('INSERT INTO notes VALUES (?)', ['one'])
  const [row] = await database.query<{ journal_mode: string }>('PRAGMA journal_mode')
  const notes = await database.query('SELECT text FROM notes')
  process.send?.({ mode: row?.journal_mode, notes: notes.length })
} catch (error) {
  const { code, message } = error as { code: string; message: string }
  process.send?.({ code, message })
}
if (stay === 'stay') await new Promise((resolve) => process.once('message', resolve))
await database.close()
process.disconnect?.()
