import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { CompiledQuery } from 'kysely'

const page = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')
const [, lines] = /### Transactions of other libraries[\s\S]*?```ts\n([\s\S]*?)```/.exec(page)
const [, lost] = /^(const isLostByPrisma =[\s\S]*?\n}\n)/m.exec(page)

/** The adapters as the documentation has them, to the letter. */
export const { isLostByPrisma, knexTx, typeormTx, kyselyTx, prismaTx, drizzleTx } = new Function(
  'CompiledQuery',
  'sql',
  `${lines}\n${lost}\nreturn { isLostByPrisma, knexTx, typeormTx, kyselyTx, prismaTx, drizzleTx }`,
)(CompiledQuery, sql)
