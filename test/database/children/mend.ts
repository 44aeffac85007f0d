import { databaseConnector } from '../../../src/connectors/database/index.ts'
import type { PullConnector } from '../../../src/contract/connector.ts'

/** Retries failed jobs and takes over ended leases, a few at a time, until it is killed; says what it is about to do. */
const [file = '', start = ''] = process.argv.slice(2)
const connector = (await databaseConnector(
  { dsn: file },
  { connection: 'main', root: '/' },
)) as Required<PullConnector>
await connector.open()

for (let now = Number(start); ; now += 10_000) {
  const failed = await connector.failed.all({ limit: 3 })
  process.send?.('retry')
  await connector.failed.retry(failed.map(({ id }) => id))
  process.send?.('migrate')
  const reserved = await connector.reserve({ queues: ['q'], limit: 5, expireMs: 5_000, now })
  await connector.settle(
    reserved.slice(0, 2).map((reservation) => ({ kind: 'bury', reservation, reason: 'again' })),
    now,
  )
}
