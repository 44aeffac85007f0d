import type { Context } from '../compose.ts'
import { failedSchemaSql, schemaSql } from '../connectors/database/index.ts'
import { ConfigError } from '../contract/errors.ts'
import type { GlobalFlags } from './commands.ts'
import { print } from './output.ts'
import { contextOf } from './session.ts'

type TableFlags = GlobalFlags & { readonly apply?: true | undefined }

/** The jobs table and the small ones beside it. */
export async function jobsTable(flags: TableFlags): Promise<void> {
  const context = await databaseContext(flags)
  const { table, prefix } = context.connection.options as Names
  await printOrApply(schemaSql(table, prefix), context, flags)
}

export async function failedTable(flags: TableFlags): Promise<void> {
  const context = await databaseContext(flags)
  const { prefix } = context.connection.options as Names
  await printOrApply(failedSchemaSql(prefix), context, flags)
}

interface Names {
  readonly table?: string
  readonly prefix?: string
}

async function databaseContext(flags: TableFlags): Promise<Context> {
  const context = await contextOf(flags)
  const { connector } = context.connection
  if (connector === 'database') return context
  throw new ConfigError(
    `connection "${context.name}" uses the connector ${connector}, which has no tables; name one of the database connector by --connection`,
  )
}

/** Opening a store creates all that is missing. */
async function printOrApply(sql: string, { connector, name }: Context, { apply }: TableFlags): Promise<void> {
  if (!apply) return print(sql.trimEnd())
  try {
    await connector.open()
    print(`The tables of connection ${name} are there.`)
  } finally {
    await connector.close()
  }
}
