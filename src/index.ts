export { defineConfig } from './config/define.ts'
export type { ConnectionInput, QueueConfig } from './config/schema.ts'
export type * from './contract/connector.ts'
export type { Effect, EffectLedger, EffectState, OnceOptions } from './contract/effects.ts'
export {
  ConfigError,
  EffectUnknown,
  JobTimeout,
  MalformedPayload,
  PayloadError,
  PushOutcomeUnknown,
  QueueError,
  StoreError,
  TriesExhausted,
  UnknownJob,
} from './contract/errors.ts'
export type { EventName, JobEvent, Listener, Listeners, QueueEvents, StopReason } from './contract/events.ts'
export type {
  Backoff,
  DataOf,
  Handler,
  Job,
  JobClass,
  JobFunction,
  JobSettings,
  Middleware,
  Pushable,
} from './contract/job.ts'
export { defineJob } from './contract/job.ts'
export type { Ms, Seconds } from './contract/time.ts'
export { type CreateQueueOptions, createQueue, Queue } from './facade.ts'
export type { BulkJob, PushOptions, QueueClient } from './queue.ts'
