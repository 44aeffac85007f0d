import { parentPort, workerData } from 'node:worker_threads'
import { watchFromThread } from './guard.ts'

/** What a sandbox has to its worker, be it in a thread or in a process. */
export interface InnerChannel {
  /** What the worker gave it at its start. */
  readonly given: unknown
  send(message: unknown): void
}

interface InnerEvents {
  readonly heard: (message: unknown) => void
  /** Nobody caught it. */
  readonly uncaught: (error: unknown) => void
}

/** `memory`: most MB by which a process may grow. It ends with its worker, even while it is blocked. */
export function innerChannel({ heard, uncaught }: InnerEvents): InnerChannel {
  process.on('uncaughtException', uncaught)
  if (parentPort !== null) {
    const port = parentPort
    port.on('message', heard)
    return { given: workerData, send: (message) => port.postMessage(message) }
  }
  const given: unknown = JSON.parse(process.argv[2]!)
  watchFromThread((given as { readonly memory?: number }).memory)
  process.on('message', heard)
  process.on('disconnect', () => process.exit(0))
  return { given, send: (message) => process.send!(message, () => undefined) }
}
