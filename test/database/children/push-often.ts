import { databaseConnector } from '../../../src/connectors/database/index.ts'

/** Pushes a job to the queue `q` whenever it is told to, and says when that was done, in ms since the epoch. */
const [dsn = ''] = process.argv.slice(2)
const connector = await databaseConnector({ dsn }, { connection: 'main', root: '/' })
await connector.open()
process.send?.('ready')
process.on('message', async () => {
  await connector.push([{ id: 'tq', queue: 'q', job: 'J', body: '{}', delayMs: 0 }])
  process.send?.({ at: performance.timeOrigin + performance.now() })
})
