// Removes the database that DATABASE_URL names, if it is one that the demo made.
import { createDatabase } from '../../../dist/database/index.js'

const name = new URL(process.env.DATABASE_URL).pathname.slice(1)
if (!/^thinkq_demo_[0-9a-f]{12}$/.test(name)) throw new Error(`${name} is no database of the demo`)
const database = createDatabase(process.env.DATABASE_URL)
await database.execute(`DROP DATABASE IF EXISTS ${name}`)
await database.close()
