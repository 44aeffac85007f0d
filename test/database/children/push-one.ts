import { databaseConnector } from '../../../src/connectors/database/index.ts'

/** Pushes one job to the queue `q` when it is told to. */
const [file = ''] = process.argv.slice(2)
const connector = await databaseConnector({ dsn: file }, { connection: 'main', root: '/' })
await connector.open()
process.send?.('ready')
await new Promise((resolve) => process.once('message', resolve))
await connector.push([{ id: 'tq', queue: 'q', job: 'J', body: '{}', delayMs: 0 }])
await connector.close()
process.disconnect?.()
