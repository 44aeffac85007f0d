import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Log } from '../../process/log.ts'
import type { Sandboxes } from '../../sandbox/sandboxes.ts'

/** Where the isolated jobs of this worker run; undefined, and nothing of it is loaded, where there are none. */
export async function isolationOf(
  context: Context,
  options: WorkerOptions,
  log: Log,
): Promise<Sandboxes | undefined> {
  const { entries } = (await context.jobs()).registry
  if (options.isolate === undefined && !entries.some(({ isolate }) => isolate)) return undefined
  const { sandboxesFor } = await import('./sandboxes.ts')
  return sandboxesFor(context, options, log)
}
