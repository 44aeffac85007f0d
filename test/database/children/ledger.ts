import { appendFileSync } from 'node:fs'
import { databaseConnector } from '../../../src/connectors/database/index.ts'
import type { PullConnector, Settlement } from '../../../src/contract/connector.ts'

/** Pushes, reserves and settles until it is killed; writes down what was acknowledged, and says what it is about to do. */
const [file = '', ledger = '', life = ''] = process.argv.slice(2)
const connector = (await databaseConnector(
  { dsn: file },
  { connection: 'main', root: '/' },
)) as Required<PullConnector>
await connector.open()

function note(word: string, bodies: readonly string[]): void {
  appendFileSync(ledger, bodies.map((body) => `${word} ${body}\n`).join(''))
}

/** Two in ten are released, one in ten is buried, the rest are deleted. */
function ending(body: string, number: number): Settlement['kind'] {
  if (number % 10 === 3) return 'bury'
  return number % 10 < 2 && !body.includes('again') ? 'release' : 'delete'
}

for (let made = 0; ; ) {
  const bodies = Array.from({ length: 7 }, () => `"${life}-${made++}"`)
  process.send?.('push')
  await connector.push(bodies.map((body) => ({ id: 'tq', queue: 'q', job: 'J', body, delayMs: 0 })))
  note('pushed', bodies)
  process.send?.('reserve')
  const reserved = await connector.reserve({ queues: ['q'], limit: 6, expireMs: 3_600_000 })
  note(
    'run',
    reserved.map(({ body }) => body),
  )
  const settlements = reserved.map((reservation): Settlement => {
    const kind = ending(reservation.body, Number(reservation.id))
    if (kind === 'bury') return { kind, reservation, reason: 'no' }
    if (kind === 'delete') return { kind, reservation }
    return { kind, reservation, delayMs: 0, spend: true }
  })
  process.send?.('settle')
  const refused = await connector.settle(settlements)
  if (refused.length > 0) throw new Error('a settlement was refused')
  for (const { kind, reservation } of settlements) note(kind, [reservation.body])
}
