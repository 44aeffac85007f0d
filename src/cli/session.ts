import { sep } from 'node:path'
import { type ComposeOptions, type Context, compose } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import { withPool } from '../config/pools.ts'
import type { PullConnector } from '../contract/connector.ts'
import { checkQueueName } from '../payload.ts'
import type { GlobalFlags } from './commands.ts'
import { learnSecrets } from './secrets.ts'

/** The context of the connection that the command line names. Nothing is connected yet. */
export async function contextOf(
  { config: file, connection, pool }: GlobalFlags & { readonly pool?: string | undefined },
  options: Pick<ComposeOptions, 'listenerFailed'> = {},
): Promise<Context> {
  const startedFrom = projectOf(process.argv[1])
  const config = await loadConfig({
    ...(file === undefined ? {} : { file }),
    ...(startedFrom === undefined ? {} : { startedFrom }),
    ...(connection === undefined ? {} : { overrides: { connection } }),
  })
  learnSecrets(config)
  return compose(pool === undefined ? config : withPool(config, pool), options)
}

/** Opens the store for one piece of work and lets go of it afterwards. */
export async function withStore<Result>(
  flags: GlobalFlags,
  work: (store: PullConnector, context: Context) => Promise<Result>,
): Promise<Result> {
  const context = await contextOf(flags)
  const store = context.pull()
  try {
    await store.open()
    return await work(store, context)
  } finally {
    await store.close()
  }
}

/** The folder that holds the `node_modules` by which the command was started, as supervisor does from `/`. */
export function projectOf(script: string | undefined): string | undefined {
  const at = script?.lastIndexOf(`${sep}node_modules${sep}`) ?? -1
  return at === -1 ? undefined : script!.slice(0, at) || sep
}

/** The queues a list such as `a,b` or several arguments name, in order; those of `fallback` when none are named. */
export function queuesOf(names: readonly string[], fallback: string): readonly string[] {
  const listed = names.flatMap((name) => name.split(',')).map((name) => name.trim())
  return [...new Set(listed.length === 0 ? [fallback] : listed)].map(checkQueueName)
}
