import { fileURLToPath } from 'node:url'
import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Log } from '../../process/log.ts'
import { builtScript } from '../../process/own-package.ts'
import { processHost } from '../../sandbox/process-host.ts'
import { Sandboxes } from '../../sandbox/sandboxes.ts'
import { threadHost } from '../../sandbox/thread-host.ts'

/** What a sandbox is given. */
export interface SandboxData {
  /** The configuration file, absolute; null: there is none. */
  readonly config: string | null
  /** The jobs folder, absolute. */
  readonly jobs: string
  /** Most MB of the job. */
  readonly memory: number | undefined
  /** One that still holds so much after its job is replaced; 0: never. */
  readonly retireBytes: number
}

const script = builtScript('cli/work/sandbox-entry')
const bytesOfMb = 1024 * 1024

/** Where the isolated jobs of this worker run. */
export function sandboxesFor({ config, clock }: Context, options: WorkerOptions, log: Log): Sandboxes {
  return new Sandboxes({
    clock,
    isolate: options.isolate,
    most: options.concurrency,
    troubled: (what) => log.warn(what),
    host(isolation, memory) {
      const data: SandboxData = {
        config: config.file,
        jobs: config.jobs,
        memory,
        retireBytes: memory === undefined ? options.memoryBytes : (memory * bytesOfMb) / 2,
      }
      if (isolation === 'thread') return threadHost(script, data, memory)
      return processHost(fileURLToPath(script), JSON.stringify(data), memory)
    },
  })
}
