import type { Context } from '../compose.ts'
import { DatabaseConnector } from '../connectors/database/index.ts'
import { ConfigError } from '../contract/errors.ts'
import type { GlobalFlags } from './commands.ts'
import { print } from './output.ts'
import { withProgress } from './progress.ts'
import { contextOf } from './session.ts'

type TableFlags = GlobalFlags & { readonly apply?: true | undefined }

/** Tables that belong together. */
interface Tables {
  /** DDL, for people. */
  readonly schema: string
  /** What was done once they are there. */
  readonly done: string
  create(): Promise<void>
}

/** The jobs table and the small ones beside it, or those of transactions elsewhere where the jobs are in Redis. */
export async function jobsTable(flags: TableFlags): Promise<void> {
  const context = await contextOf(flags)
  await printOrApply(context, tablesIn(context, 'jobs') ?? outboxOf(context), flags)
}

export async function failedTable(flags: TableFlags): Promise<void> {
  const context = await contextOf(flags)
  const tables = tablesIn(context, 'failed')
  if (tables === undefined) throw withoutTables(context, 'name one of the database connector by --connection')
  await printOrApply(context, tables, flags)
}

async function printOrApply(context: Context, tables: Tables, flags: TableFlags): Promise<void> {
  if (!flags.apply) return print(tables.schema.trimEnd())
  try {
    await withProgress('making what is missing', () => tables.create())
    print(tables.done)
  } finally {
    await context.close()
  }
}

function tablesIn({ connector, name }: Context, which: 'jobs' | 'failed'): Tables | undefined {
  if (!(connector instanceof DatabaseConnector)) return undefined
  return {
    schema: connector.schema[which],
    done: `The tables of connection ${name} are there.`,
    create: () => connector.applySchema(),
  }
}

function outboxOf(context: Context): Tables {
  const [table, once] = [context.outboxTable(), context.effectsTable()]
  if (table !== undefined && once !== undefined)
    return {
      schema: table.schema + once.schema,
      done: `The tables ${table.name} and ${once.name} of connection ${context.name} are there.`,
      async create() {
        await table.create((sql) => table.database.execute(sql))
        await once.create()
      },
    }
  const { outbox } = context.connector
  throw withoutTables(
    context,
    outbox === undefined
      ? 'name one of the database connector by --connection'
      : 'for the outbox, in which pushes with tx wait for their commit, set DATABASE_URL or add a connection of the database connector',
  )
}

function withoutTables({ connection, name }: Context, hint: string): ConfigError {
  return new ConfigError(
    `connection "${name}" uses the connector ${connection.connector}, which has no tables; ${hint}`,
  )
}
