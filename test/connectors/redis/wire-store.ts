import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import { isPullConnector, type PullConnector } from '../../../src/contract/connector.ts'
import { type RedisServer, startRedis } from '../../redis-server.ts'

/** One member as it is kept: its bytes in base64, and its score where it has one. */
export interface Kept {
  readonly base64: string
  readonly score?: number
}

/** Redis as PHP sees it: raw commands, raw bytes. The server is the test file's own and empty at the start of each test. */
export class PhpSide {
  #server: RedisServer | undefined

  constructor() {
    beforeAll(async () => {
      this.#server = await startRedis()
    })
    beforeEach(() => this.send('FLUSHALL'))
    afterAll(() => this.#server?.stop())
  }

  get server(): RedisServer {
    return this.#server!
  }

  send(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.server.cli(command, ...args)
  }

  /** Unix time in seconds, as the server has it. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.send('TIME')) as [string, string]
    return Number(seconds) + Number(micros) / 1e6
  }

  /** Everything under think-queue's own three kinds of keys. */
  async state(): Promise<Readonly<Record<string, readonly Kept[]>>> {
    const keys = ((await this.send('KEYS', 'queues:*')) as string[]).sort()
    const state: Record<string, readonly Kept[]> = {}
    for (const key of keys) {
      if (/:(failed|tokens)$/.test(key)) continue
      state[key] = (await this.send('TYPE', key)) === 'list' ? await this.#list(key) : await this.#sorted(key)
    }
    return state
  }

  /** The only member of a key, as its exact bytes. */
  async only(key: string): Promise<Buffer> {
    const [kept, ...more] = (await this.state())[key] ?? []
    if (kept === undefined || more.length > 0) throw new Error(`${key} has not one member`)
    return Buffer.from(kept.base64, 'base64')
  }

  /** Lets everything delayed and reserved come nearer by so many seconds. */
  async pass(seconds: number): Promise<void> {
    for (const [key, members] of Object.entries(await this.state())) {
      for (const { base64, score } of members) {
        if (score !== undefined) await this.send('ZINCRBY', key, -seconds, Buffer.from(base64, 'base64'))
      }
    }
  }

  /** An open connector of ours, closed when the test ends. */
  async connector(options: Readonly<Record<string, unknown>> = {}): Promise<PullConnector> {
    const { host, port } = this.server
    const made = await redisConnector({ host, port, ...options }, { connection: 'redis', root: '/' })
    if (!isPullConnector(made)) throw new Error('not the redis connector')
    onTestFinished(() => made.close())
    await made.open()
    return made
  }

  async #list(key: string): Promise<readonly Kept[]> {
    const members = (await this.server.cliBuffer('LRANGE', key, 0, -1)) as Buffer[]
    return members.map((member) => ({ base64: member.toString('base64') }))
  }

  async #sorted(key: string): Promise<readonly Kept[]> {
    const pairs = (await this.server.cliBuffer('ZRANGE', key, 0, -1, 'WITHSCORES')) as Buffer[]
    return pairs.flatMap((member, at) =>
      at % 2 === 1 ? [] : [{ base64: member.toString('base64'), score: scoreOf(pairs[at + 1]!) }],
    )
  }
}

function scoreOf(text: Buffer): number {
  return text.toString() === 'inf' ? Infinity : Number(text.toString())
}
