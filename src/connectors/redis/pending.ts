import type { Command } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import type { Argument } from './link.ts'
import type { Script } from './script.ts'

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
  /** What to run in full when the server has forgotten it. */
  script: Script | undefined
  /** What ioredis holds of it; undefined: it was not sent. */
  sent: Command | undefined
  resolve!: (answer: unknown) => void
  reject!: (error: Error) => void

  constructor(
    name: string,
    args: readonly Argument[],
    encoding: 'utf8' | null,
    deadlineMs: Ms,
    script?: Script,
  ) {
    this.name = name
    this.args = args
    this.encoding = encoding
    this.script = script
    this.deadlineMs = deadlineMs
    this.deadlineAt = performance.now() + deadlineMs
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}
