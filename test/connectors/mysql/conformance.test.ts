import { afterAll, beforeAll, describe, it } from 'vitest'
import { DatabaseConnector } from '../../../src/connectors/database/index.ts'
import { MysqlDialect } from '../../../src/connectors/database/mysql.ts'
import { tableNames } from '../../../src/connectors/database/options.ts'
import type { PullConnector } from '../../../src/contract/connector.ts'
import { databaseOf } from '../../../src/database/create.ts'
import type { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import type { ServerFacts } from '../../../src/database/mysql/session.ts'
import { describeConformance } from '../../../src/testing/conformance/index.ts'
import { type SomeMysql, someMysql } from '../../mysql-server.ts'
import { phpJobsTable } from './mysql-store.ts'

let some: SomeMysql
beforeAll(async () => {
  some = await someMysql()
})
afterAll(() => some.stop())

const prefixes = new WeakMap<PullConnector, string>()
let made = 0

async function connect(prefix: string, without: Partial<ServerFacts> = {}): Promise<DatabaseConnector> {
  const database = databaseOf({ url: some.url }, 'queue') as MysqlDatabase
  const dialect = new MysqlDialect(tableNames('jobs', prefix), () => ({ ...database.facts, ...without }))
  const connector = new DatabaseConnector(database, dialect, 'conformance')
  prefixes.set(connector, prefix)
  await connector.open()
  return connector
}

async function destroy(first: PullConnector): Promise<void> {
  const tables = ['jobs', 'failed_jobs', 'queue_cache', 'queue_once']
  await some.sql(`DROP TABLE IF EXISTS ${tables.map((table) => `${prefixes.get(first)}${table}`).join()}`)
}

const second = (first: PullConnector) => connect(prefixes.get(first)!)

describeConformance({ describe, it }, 'the database connector on MySQL meets the contract', {
  create: () => connect(`c${++made}_`),
  second,
  destroy,
})

describeConformance({ describe, it }, 'and on a table that PHP made', {
  async create() {
    const prefix = `p${++made}_`
    await some.sql(phpJobsTable(`${prefix}jobs`))
    return connect(prefix)
  },
  second,
  destroy,
})

const old = { skipsLocked: false, returnsDeleted: false }

describeConformance(
  { describe, it },
  'and on a server that can neither skip locked rows nor answer what it deleted',
  {
    create: () => connect(`o${++made}_`, old),
    second: (first) => connect(prefixes.get(first)!, old),
    destroy,
  },
)
