import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'

/** Whether a request is meant, by the bytes that came in one piece, as latin1. */
export type Matcher = string | ((request: string) => boolean)

interface Trap {
  readonly matches: (request: string) => boolean
  spring(pair: Pair): void
}

/** Two sockets joined: the client's and the one to the server. */
interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes of both directions vanish, and so does the end of either. */
  isDead: boolean
  /** Called with each answer in place of passing it on. */
  swallow: (() => void) | undefined
  /** How many bytes of answers still go through; then the connection ends. */
  left: number
  /** Requests that are held back, though their client may be gone. */
  held: Buffer[] | undefined
  /** What is on its way to each side, in its order. */
  readonly late: Map<Socket, Late[]>
}

interface Late {
  readonly chunk: Buffer
  readonly dueAt: number
}

/** Stands between a client and a server on 127.0.0.1 and does to their connections what networks do. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(await freePort(), targetPort)
  await proxy.refuse(false)
  return proxy
}

/** The same for the running test alone. */
export async function testProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = await startProxy(targetPort)
  onTestFinished(() => proxy.close())
  return proxy
}

export class TcpProxy {
  readonly port: number
  /** Where new connections lead. */
  target: number
  /** Bytes that the clients sent, and that they were given. */
  readonly bytes = { sent: 0, received: 0 }
  /** Connections ever accepted. */
  accepted = 0
  /** Pieces in which the clients sent: one for each small request. */
  requests = 0
  readonly #pairs = new Set<Pair>()
  readonly #traps = new Set<Trap>()
  #listener: Server | undefined
  #delayMs = 0
  #isBlackHole = false

  constructor(port: number, target: number) {
    this.port = port
    this.target = target
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Those that clients hold now. */
  get connections(): number {
    return [...this.#pairs].filter(({ client }) => !client.destroyed).length
  }

  /** Resets every connection. */
  cut(): void {
    for (const pair of [...this.#pairs]) this.#reset(pair)
  }

  /** Nobody listens any more; connections that stand go on. */
  async refuse(isOn: boolean): Promise<void> {
    if (!isOn) {
      this.#listener ??= createServer((client) => this.#accept(client))
      if (!this.#listener.listening) await Promise.all([once(this.#listener, 'listening'), this.#listen()])
    } else if (this.#listener !== undefined) {
      this.#listener.close()
      this.#listener = undefined
    }
  }

  /** Connections stay and are accepted, and all bytes vanish; those that lived through it never recover. */
  blackHole(isOn: boolean): void {
    this.#isBlackHole = isOn
    if (isOn) for (const pair of this.#pairs) pair.isDead = true
  }

  /** Everything arrives so much later, in either direction; what is late already is not overtaken. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /**
   * The next request that matches goes through, and from then on nothing that the server says on its connection. Resolves when
   * the server has answered it, or the connection has ended.
   */
  dropReplies(to: Matcher): Promise<void> {
    return new Promise((resolve) => {
      this.#lay(to, (pair) => {
        const { swallow } = pair
        pair.swallow = () => {
          swallow?.()
          resolve()
        }
      })
    })
  }

  /** The next request that matches never arrives: its connection is reset instead. Resolves then. */
  loseRequest(of: Matcher): Promise<void> {
    return new Promise((resolve) => {
      this.#lay(of, (pair) => {
        this.#reset(pair)
        resolve()
      })
    })
  }

  /**
   * The next request that matches stays on the way, and its client is cut off: `until` tells when all of it came. Resolves then, with
   * what lets it arrive.
   */
  holdRequest(of: Matcher, until: Matcher): Promise<() => void> {
    return new Promise((resolve) => {
      this.#lay(of, (pair) => {
        const held: Buffer[] = []
        pair.held = held
        this.#lay(until, () => {
          pair.client.resetAndDestroy()
          resolve(() => {
            for (const chunk of held) pair.server.write(chunk)
          })
        })
      })
    })
  }

  /** The next request that matches vanishes with all that follows on its connection, whose end neither side is told of. */
  vanish(request: Matcher): void {
    this.#lay(request, (pair) => {
      pair.isDead = true
    })
  }

  /** Of the answer to the next request that matches only so many bytes go through, then the connection ends. Resolves with the request. */
  truncate(to: Matcher, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#lay(to, (pair) => {
        pair.left = bytes
        resolve()
      })
    })
  }

  async close(): Promise<void> {
    await this.refuse(true)
    this.cut()
  }

  #listen(): void {
    this.#listener?.listen(this.port, '127.0.0.1')
  }

  #lay(matcher: Matcher, spring: (pair: Pair) => void): void {
    const matches = typeof matcher === 'string' ? (request: string) => request.includes(matcher) : matcher
    const trap: Trap = {
      matches,
      spring: (pair) => {
        this.#traps.delete(trap)
        spring(pair)
      },
    }
    this.#traps.add(trap)
  }

  #accept(client: Socket): void {
    const server = connect(this.target, '127.0.0.1')
    const pair: Pair = {
      client,
      server,
      isDead: this.#isBlackHole,
      swallow: undefined,
      left: Infinity,
      held: undefined,
      late: new Map(),
    }
    this.accepted++
    this.#pairs.add(pair)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#end(pair))
    }
    client.on('data', (chunk) => this.#request(pair, chunk))
    server.on('data', (chunk) => this.#answer(pair, chunk))
  }

  #request(pair: Pair, chunk: Buffer): void {
    this.bytes.sent += chunk.length
    this.requests++
    if (pair.isDead) return
    if (this.#traps.size > 0) {
      const text = chunk.toString('latin1')
      for (const trap of this.#traps) if (trap.matches(text)) trap.spring(pair)
      if (pair.isDead) return
    }
    if (pair.held !== undefined) pair.held.push(chunk)
    else this.#pass(pair, chunk, pair.server)
  }

  #answer(pair: Pair, chunk: Buffer): void {
    if (pair.isDead) return
    if (pair.swallow !== undefined) {
      pair.swallow()
      return
    }
    const part = chunk.subarray(0, pair.left)
    this.bytes.received += part.length
    pair.left -= part.length
    this.#pass(pair, part, pair.client)
    if (pair.left === 0) pair.client.end()
  }

  #pass({ late }: Pair, chunk: Buffer, to: Socket): void {
    if (chunk.length === 0) return
    const queue = late.get(to) ?? []
    if (this.#delayMs === 0 && queue.length === 0) return void to.write(chunk)
    late.set(to, queue)
    queue.push({ chunk, dueAt: performance.now() + this.#delayMs })
    if (queue.length === 1) this.#passLate(queue, to)
  }

  #passLate(queue: Late[], to: Socket): void {
    const [first] = queue
    if (first === undefined) return
    const leftMs = first.dueAt - performance.now()
    if (leftMs > 0) return void setTimeout(() => this.#passLate(queue, to), Math.ceil(leftMs))
    to.write(first.chunk)
    queue.shift()
    this.#passLate(queue, to)
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair)
    for (const socket of [pair.client, pair.server]) socket.resetAndDestroy()
  }

  /** One side ended: so does the other, unless the connection is a black hole, through which no end is seen. */
  #end(pair: Pair): void {
    pair.swallow?.()
    if (pair.isDead || pair.held !== undefined) return
    this.#pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
}
