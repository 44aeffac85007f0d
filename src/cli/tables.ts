import type { Context } from '../compose.ts'
import { DatabaseConnector } from '../connectors/database/index.ts'
import { ConfigError } from '../contract/errors.ts'
import type { GlobalFlags } from './commands.ts'
import { print } from './output.ts'
import { contextOf } from './session.ts'

type TableFlags = GlobalFlags & { readonly apply?: true | undefined }

/** The jobs table and the small ones beside it. */
export async function jobsTable(flags: TableFlags): Promise<void> {
  await printOrApply('jobs', flags)
}

export async function failedTable(flags: TableFlags): Promise<void> {
  await printOrApply('failed', flags)
}

async function printOrApply(which: 'jobs' | 'failed', flags: TableFlags): Promise<void> {
  const context = await contextOf(flags)
  const connector = withTables(context)
  if (!flags.apply) return print(connector.schema[which].trimEnd())
  try {
    await connector.applySchema()
    print(`The tables of connection ${context.name} are there.`)
  } finally {
    await connector.close()
  }
}

function withTables({ connection, connector, name }: Context): DatabaseConnector {
  if (connector instanceof DatabaseConnector) return connector
  throw new ConfigError(
    `connection "${name}" uses the connector ${connection.connector}, which has no tables; name one of the database connector by --connection`,
  )
}
