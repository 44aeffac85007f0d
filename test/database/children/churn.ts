import { databaseConnector } from '../../../src/connectors/database/index.ts'
import type { PullConnector, Settlement } from '../../../src/contract/connector.ts'

/** Pushes so many jobs and does as many, whoever pushed them; says which ones it did. */
const [file = '', name = '', count = ''] = process.argv.slice(2)
const total = Number(count)
const connector = (await databaseConnector(
  { dsn: file },
  { connection: 'main', root: '/' },
)) as Required<PullConnector>
const batch = 10
const done: string[] = []
let settlements: readonly Settlement[] = []
let pushed = 0

/** Resolves when the channel has taken it: a long message is cut off by a disconnect that follows at once. */
function say(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
}

async function turn(): Promise<void> {
  const limit = Math.min(batch, total - done.length)
  const answer = await connector.exchange(settlements, { queues: ['q'], limit, expireMs: 600_000 })
  if (answer.refused.length > 0) throw new Error(`refused: ${JSON.stringify(answer.refused)}`)
  settlements = answer.reserved.map((reservation) => ({ kind: 'delete', reservation }))
  done.push(...answer.reserved.map(({ body }) => body))
  if (settlements.length === 0 && pushed === total)
    await connector.wait(['q'], 50, new AbortController().signal)
}

try {
  await connector.open()
  while (done.length < total || settlements.length > 0) {
    if (pushed < total) {
      const bodies = Array.from({ length: batch }, (_, i) => `"${name}-${pushed + i}"`)
      await connector.push(bodies.map((body) => ({ id: 'tq', queue: 'q', job: 'J', body, delayMs: 0 })))
      pushed += batch
    }
    await turn()
  }
  await say({ done })
} catch (error) {
  await say({ error: String(error) })
}
await connector.close()
process.disconnect?.()
