import type { Redis } from 'ioredis'
import type { Script } from './script.ts'
import type { RedisTarget } from './target.ts'

export type Argument = string | number | Buffer

/** One connection to Redis (on a cluster, one to each node): commands with deadlines, errors of one kind, for ever reconnecting. */
export class Link {
  readonly target: RedisTarget
  #client: Redis | undefined

  constructor(target: RedisTarget) {
    this.target = target
  }

  get isCluster(): boolean {
    return this.target.kind === 'cluster'
  }

  async open(): Promise<void> {
    const { Redis } = await import('ioredis')
    this.#client ??= new Redis({ port: Number(process.env.REDIS_PORT ?? 6399), db: this.target.db })
  }

  async close(): Promise<void> {
    this.#client?.disconnect()
  }

  /** Runs a script; `keys` decide the node. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#client!.eval(script.lua, keys.length, ...keys, ...args)
  }

  /** The same with Buffers for the texts of the answer. */
  runBuffer(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#client!.callBuffer('EVAL', script.lua, keys.length, ...keys, ...args)
  }

  /** Any command. `deadlineMs` replaces the usual one, for commands that block. */
  send(command: string, args: readonly Argument[], _deadlineMs?: number): Promise<unknown> {
    return this.#client!.call(command, ...args)
  }

  sendBuffer(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#client!.callBuffer(command, ...args)
  }
}
