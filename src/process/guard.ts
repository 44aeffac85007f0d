import { Worker } from 'node:worker_threads'
import { builtScript } from './own-package.ts'

/** What the thread that guards a sandbox's process is given. */
export interface GuardData {
  readonly parent: number
  /** Most MB by which the process may grow. */
  readonly memory: number | undefined
}

/** Little is done there. */
const guardMemory = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 }

/** Ends this process, even while it is blocked, when the one that started it is gone or it takes too much memory. */
export function watchFromThread(memory: number | undefined): void {
  const data: GuardData = { parent: process.ppid, memory }
  new Worker(builtScript('process/guard-thread'), {
    workerData: data,
    name: 'guard',
    resourceLimits: guardMemory,
  }).unref()
}
