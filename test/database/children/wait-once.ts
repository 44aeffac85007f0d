import { DatabaseConnector, databaseConnector } from '../../../src/connectors/database/index.ts'

/** Aborts a wait and says how many timers there were before it, during it and after it. */
const [file = ''] = process.argv.slice(2)
const connector = await databaseConnector({ dsn: file }, { connection: 'main', root: '/' })
if (!(connector instanceof DatabaseConnector)) throw new Error('not the database connector')
await connector.open()
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
const before = timers()
const controller = new AbortController()
const waiting = connector.wait(['q'], 25_000, controller.signal)
while (timers() === before) await new Promise((resolve) => setImmediate(resolve))
const during = timers()
controller.abort()
await waiting
process.send?.({ before, during, after: timers() })
await connector.close()
process.disconnect?.()
