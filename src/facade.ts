import { compose } from './compose.ts'
import type { QueueConfig } from './config/schema.ts'
import { QueueClient } from './queue.ts'

/** The queue of the `queue.config.*` found upward from the working directory when it is first used. */
export const Queue = new QueueClient(async () => {
  const { loadConfig } = await import('./config/load.ts')
  return (await compose(await loadConfig())).surroundings()
})

export interface CreateQueueOptions {
  /** A connection of the configuration; default: the one it names. */
  readonly connection?: string
  /** Folder that relative paths start from; default: the working directory. */
  readonly root?: string
}

/**
 * A queue for a configuration given as a value, which no environment variable changes: only an empty `dsn` means DATABASE_URL. It
 * is checked and connected at the first call, or by `open()`.
 */
export function createQueue(config: QueueConfig, { connection, root }: CreateQueueOptions = {}): QueueClient {
  return new QueueClient(async () => {
    const { resolveConfig } = await import('./config/resolve.ts')
    const folder = root ?? process.cwd()
    const { DATABASE_URL } = process.env
    const env = DATABASE_URL === undefined ? {} : { DATABASE_URL }
    const settled = await resolveConfig(config, { file: null, root: folder, env, searched: [folder] })
    return (await compose(settled, connection === undefined ? {} : { connection })).surroundings()
  })
}
