import type { Command } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import type { Argument } from './link.ts'

/** How long a command may take, waiting for a lost connection included. */
export const usualDeadlineMs: Ms = 5_000

/** A command as a whole, in place of arguments. */
export interface Sendable {
  readonly keys: readonly string[]
  /** For a client that writes it itself; undefined: it is written. `command` is EVALSHA or EVAL where there is a choice. */
  args(command: string): readonly Argument[] | undefined
  /** As RESP sends it. */
  request(command: string): string | Buffer
}

/** One command between its call and its answer. */
export class Pending {
  readonly promise: Promise<unknown>
  readonly name: string
  readonly args: readonly Argument[]
  /** `utf8` for texts, null for Buffers. */
  readonly encoding: 'utf8' | null
  /** When it is given up, monotonic. */
  readonly deadlineAt: Ms
  readonly deadlineMs: Ms
  readonly whole: Sendable | undefined
  /** What ioredis holds of it; undefined: it was not sent. */
  sent: Command | undefined
  resolve!: (answer: unknown) => void
  reject!: (error: Error) => void

  constructor(
    name: string,
    args: readonly Argument[],
    encoding: 'utf8' | null,
    deadlineMs: Ms,
    whole?: Sendable,
  ) {
    this.name = name
    this.args = args
    this.encoding = encoding
    this.whole = whole
    this.deadlineMs = deadlineMs
    this.deadlineAt = performance.now() + deadlineMs
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** The keys it names, as far as can be told. */
  get keys(): readonly string[] {
    return this.whole?.keys ?? this.args.slice(0, 1).map(String)
  }
}

const none: readonly never[] = []

/** The call of a script, by its digest or in full. */
export function evaluation(call: Sendable, how: 'EVALSHA' | 'EVAL', deadlineMs: Ms): Pending {
  return new Pending(how, none, 'utf8', deadlineMs, call)
}
