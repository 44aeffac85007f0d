import { afterAll, beforeAll, onTestFinished } from 'vitest'
import {
  DatabaseConnector,
  type DatabaseConnectorOptions,
  databaseConnector,
} from '../../../src/connectors/database/index.ts'
import { type SomeMysql, someMysql } from '../../mysql-server.ts'

/** The table as the migration of think-queue 2.0 makes it. */
export function phpJobsTable(name: string): string {
  return `CREATE TABLE \`${name}\` (
    \`id\` int(11) NOT NULL AUTO_INCREMENT,
    \`queue\` varchar(255) NOT NULL,
    \`payload\` longtext NOT NULL,
    \`attempts\` tinyint(3) unsigned NOT NULL,
    \`reserved\` tinyint(3) unsigned NOT NULL,
    \`reserved_at\` int(10) unsigned DEFAULT NULL,
    \`available_at\` int(10) unsigned NOT NULL,
    \`created_at\` int(10) unsigned NOT NULL,
    PRIMARY KEY (\`id\`)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8`
}

/** An open connector on that database, closed when the test ends. */
export async function openMysql(
  url: string,
  options: DatabaseConnectorOptions = {},
  connection = 'main',
): Promise<DatabaseConnector> {
  const connector = databaseConnector({ dsn: url, ...options }, { connection, root: '/' })
  if (!(connector instanceof DatabaseConnector)) throw new Error('not the database connector')
  onTestFinished(() => connector.close())
  await connector.open()
  return connector
}

/** A database for the tests of one file; each test has tables of its own, by their prefix. */
export class Tables {
  #some: SomeMysql | undefined
  #made = 0
  prefix = ''

  constructor() {
    beforeAll(async () => {
      this.#some = await someMysql()
    })
    afterAll(() => this.#some?.stop())
  }

  get url(): string {
    return this.#some!.url
  }

  get jobs(): string {
    return `${this.prefix}jobs`
  }

  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]> {
    return this.#some!.sql(text, values)
  }

  /** Begins with no tables. */
  fresh(): void {
    this.prefix = `t${++this.#made}_`
  }

  /** A connector on the tables of the test. */
  open(options: DatabaseConnectorOptions = {}, connection = 'main'): Promise<DatabaseConnector> {
    return openMysql(this.url, { prefix: this.prefix, ...options }, connection)
  }
}
