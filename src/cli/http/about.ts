import type { Context } from '../../compose.ts'
import type { Labels } from '../../metrics/exposition.ts'
import { packageVersion } from '../../process/own-package.ts'

/** What `thinkq_worker_info` says. */
export function aboutOf({ connector, name }: Context): Labels {
  return { version: packageVersion(), node: process.version, connector: connector.name, connection: name }
}
