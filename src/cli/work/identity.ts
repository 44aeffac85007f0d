import { readlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import type { Config, WorkerOptions } from '../../contract/config.ts'
import { releaseOf } from '../../process/release.ts'
import type { WorkerIdentity } from '../../roster/card.ts'
import type { WorkCommandFlags } from './flags.ts'
import { workerName } from './worker-name.ts'

/** What this process is among the workers of a store. */
export function identityOf(
  config: Config,
  { queues, concurrency }: Pick<WorkerOptions, 'queues' | 'concurrency'>,
  { name, pooled }: Pick<WorkCommandFlags, 'name' | 'pooled'>,
  command: 'work' | 'listen',
): WorkerIdentity {
  const { pid, ppid } = process
  return {
    id: `${hostname()}:${pid}:${Math.round(performance.timeOrigin).toString(36)}`,
    name: workerName(name),
    ...machineHere(),
    pid,
    parent: pooled ? ppid : null,
    user: userName(),
    folder: config.root,
    environment: config.environment,
    release: config.release ?? releaseOf(config.root),
    ...{ command, queues, concurrency },
  }
}

/** Where process ids mean what they mean here. */
export function machineHere(): Pick<WorkerIdentity, 'host' | 'pids'> {
  return { host: hostname(), pids: pidNamespace() }
}

/** Two containers of one host name have process ids of their own. */
function pidNamespace(): string | null {
  if (process.platform !== 'linux') return 'machine'
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null
  }
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '?')
  }
}
