import { join } from 'node:path'
import { type DatabaseConnector, databaseConnector } from '../../src/connectors/database/index.ts'
import type { Project } from '../cli/project.ts'

/** The embedded store of a project, open while `use` runs. */
export async function withStoreOf(
  project: Project,
  use: (store: DatabaseConnector) => Promise<void>,
): Promise<void> {
  const dsn = `sqlite:${join(project.root, '.queue', 'queue.sqlite')}`
  const store = (await databaseConnector({ dsn }, { connection: 'database', root: '/' })) as DatabaseConnector
  await store.open()
  await use(store)
  await store.close()
}

/** One job for each of the data. */
export function push(
  store: DatabaseConnector,
  queue: string,
  job: string,
  ...data: readonly unknown[]
): Promise<readonly string[]> {
  return store.push(
    data.map((each) => ({ id: 'tq', queue, job, body: JSON.stringify({ job, data: each }), delayMs: 0 })),
  )
}
