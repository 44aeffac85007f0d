import { Worker } from 'node:worker_threads'
import type { FromSandbox } from './messages.ts'
import type { StartHost } from './sandbox.ts'

/** A sandbox in a thread that runs `script` with these data. `memory`: most MB of heap. */
export function threadHost(script: URL, workerData: unknown, memory: number | undefined): StartHost {
  return ({ heard, ended }) => {
    const thread = new Worker(script, {
      workerData,
      name: 'sandbox',
      ...(memory !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memory } }),
    })
    let error: Error | undefined
    let isKilled = false
    thread.on('message', (message: FromSandbox) => heard(message))
    thread.on('error', (thrown: Error) => {
      error = thrown
    })
    thread.on('exit', (code) => ended(isKilled ? 'was killed' : howEnded(code, error, memory)))
    return {
      send: (message) => thread.postMessage(message),
      kill() {
        isKilled = true
        void thread.terminate()
      },
      hold: (isHeld) => (isHeld ? thread.ref() : thread.unref()),
    }
  }
}

function howEnded(code: number, error: Error | undefined, memory: number | undefined): string {
  if (error === undefined) return `ended its thread with code ${code}`
  const isFull = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
  if (!isFull) return `ended its thread by an error: ${error.message}`
  return `ran out of memory: ${memory === undefined ? 'its thread has no more' : `${memory} MB of heap are its limit`}`
}
