import type { WorkerOptions } from '../contract/config.ts'

/** What a run needs to know of the worker's options. */
export type ExecutorOptions = Pick<
  WorkerOptions,
  | 'expireMs'
  | 'tries'
  | 'timeoutMs'
  | 'backoffMs'
  | 'backoffOf'
  | 'autoDelete'
  | 'unknownJob'
  | 'bigNumbers'
  | 'maxPayload'
>
