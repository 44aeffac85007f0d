/** Every error this project throws on purpose. `code` is stable; the message says what was wrong, where, and what was meant. */
export class QueueError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'QueueError'
    this.code = code
  }
}

/** The configuration, a flag or a name is wrong: the command line exits 2. */
export class ConfigError extends QueueError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG', message, options)
    this.name = 'ConfigError'
  }
}

/** Data that cannot be pushed; `path` says where in the data. */
export class PayloadError extends QueueError {
  /** As in JavaScript: `data.order.items[2]`. */
  readonly path: string
  constructor(path: string, problem: string) {
    super('PAYLOAD', `${path}: ${problem}`)
    this.name = 'PayloadError'
    this.path = path
  }
}

/** A stored payload that cannot be run; the job is buried with its bytes. */
export class MalformedPayload extends QueueError {
  constructor(problem: string, options?: ErrorOptions) {
    super('MALFORMED_PAYLOAD', problem, options)
    this.name = 'MalformedPayload'
  }
}

/** No job has that name, or it has no such task. */
export class UnknownJob extends QueueError {
  constructor(message: string) {
    super('UNKNOWN_JOB', message)
    this.name = 'UnknownJob'
  }
}

/** A delivery beyond what `tries` allows: an earlier one used up the last try without being decided, or was released by hand. */
export class TriesExhausted extends QueueError {
  constructor(attempts: number, tries: number) {
    super(
      'TRIES_EXHAUSTED',
      `delivery ${attempts} of a job that is allowed ${tries}: its worker died, or the last run released it or decided nothing`,
    )
    this.name = 'TriesExhausted'
  }
}

/** A run that took longer than its time-out. */
export class JobTimeout extends QueueError {
  constructor(timeoutMs: number) {
    super('JOB_TIMEOUT', `the job ran longer than its time-out of ${timeoutMs / 1000} s`)
    this.name = 'JobTimeout'
  }
}

/**
 * Nobody knows whether an effect was done. Thrown by `job.once` with `ifUnknown: 'throw'`; and a function given to `job.once` throws
 * it when it cannot tell (a request that timed out), so that a later run finds the effect begun.
 */
export class EffectUnknown extends QueueError {
  constructor(message: string, options?: ErrorOptions) {
    super('EFFECT_UNKNOWN', message, options)
    this.name = 'EffectUnknown'
  }
}

/** The store cannot be used now. `transient` ones pass by themselves (connection, disk full, busy). */
export class StoreError extends QueueError {
  readonly transient: boolean
  constructor(
    message: string,
    options: ErrorOptions & { readonly transient: boolean; readonly code?: string },
  ) {
    super(options.code ?? 'STORE', message, options)
    this.name = 'StoreError'
    this.transient = options.transient
  }
}

/**
 * A push whose answer was lost: the store may have the jobs or not. `retry()` sends the very same command again, which stores
 * them once whatever happened to the first; it answers the ids, and may itself reject with this error.
 */
export class PushOutcomeUnknown extends QueueError {
  readonly retry: () => Promise<readonly string[]>
  constructor(message: string, retry: () => Promise<readonly string[]>, options?: ErrorOptions) {
    super('PUSH_OUTCOME_UNKNOWN', message, options)
    this.name = 'PushOutcomeUnknown'
    this.retry = retry
  }
}
