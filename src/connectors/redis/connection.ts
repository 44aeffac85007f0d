import type { Command } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import { type Client, createClient, retryMs } from './client.ts'
import { closed } from './connect-failure.ts'
import { isReply, isUnsent } from './errors.ts'
import { greet, noCluster, type ServerFacts } from './handshake.ts'
import { placeOf, type RedisTarget } from './target.ts'

/** Told what becomes of a connection. */
export interface ConnectionEvents {
  up(facts: ServerFacts): void
  /** It was usable and is no more. */
  down(why: Error): void
  /** An attempt failed; the next one follows by itself. */
  failed(why: Error): void
  message(channel: string, text: string): void
}

/** How long an attempt may take once there was a connection: a network that is back is to be found soon. */
const longestAttemptMs: Ms = 2_000

const noNodes =
  'none of its nodes can be used, or CLUSTER SLOTS names them without an address (set cluster-announce-ip)'

/** One ioredis client and its life: connects, greets, and connects again for ever until it is stopped. */
export class Connection {
  readonly #target: RedisTarget
  readonly #role: string
  readonly #events: ConnectionEvents
  #client: Client | undefined
  #isUp = false
  #hasBeenUp = false
  #isStopped = false
  #failures = 0
  /** Tells the answers of one connection from those of the next. */
  #attempt = 0
  #deadline: NodeJS.Timeout | undefined
  /** Why the connection that is about to close does so. */
  #why: Error | undefined
  #restart: NodeJS.Timeout | undefined

  constructor(target: RedisTarget, role: string, events: ConnectionEvents) {
    this.#target = target
    this.#role = role
    this.#events = events
  }

  async start(): Promise<void> {
    const client = await createClient(this.#target, this.#role, () => retryMs(++this.#failures))
    if (this.#isStopped) return
    this.#client = client
    client.on('error', (error: Error) => {
      this.#why ??= this.#reason(error)
      // Sentinels that name no master end no connection, as there is none yet.
      if (this.#target.kind === 'sentinel' && !this.#isUp) this.#events.failed(this.#why)
    })
    client.on('ready', () => this.#greet(client))
    client.on('close', () => this.#closed())
    client.on('end', () => this.#ended(client))
    client.on('reconnecting', () => letGo(client))
    // On a cluster a node's connection is made when it is first needed.
    if (client.isCluster)
      client.on('+node', (node: SingleClient) => node.on('connect', () => this.#isUp && letGo(client)))
    client.on('message', (channel: string, text: string) => this.#events.message(channel, text))
    this.#connect(client)
  }

  send(command: Command): void {
    this.#client!.sendCommand(command)
  }

  /** What `send` sends meanwhile leaves together. */
  inOneWrite<Sent>(send: () => Sent): Sent {
    const stream = (this.#client as Partial<SingleClient>).stream
    stream?.cork()
    try {
      return send()
    } finally {
      stream?.uncork()
    }
  }

  /** Breaks what stands, at once, so that it is made anew: all of it, or on a cluster the connections that hold the command. */
  break(why: Error, command?: Command): void {
    const client = this.#client
    if (client === undefined) return
    if (!client.isCluster) {
      this.#why ??= why
      destroy(client as SingleClient)
      return
    }
    for (const node of (client as ClusterClient).nodes())
      if (command === undefined || holds(node, command)) destroy(node)
  }

  stop(): void {
    this.#isStopped = true
    this.#isUp = false
    this.#attempt++
    clearTimeout(this.#deadline)
    clearTimeout(this.#restart)
    const client = this.#client
    if (client === undefined) return
    const nodes = client.isCluster ? (client as ClusterClient).nodes() : [client as SingleClient]
    client.disconnect()
    // A graceful end would wait for a peer that may be gone.
    for (const node of nodes) destroy(node)
  }

  #connect(client: Client): void {
    client.connect().catch(() => undefined)
  }

  #greet(client: Client): void {
    if (this.#isStopped) return
    const attempt = ++this.#attempt
    const { connectMs } = this.#target
    const limitMs = this.#hasBeenUp ? Math.min(connectMs, longestAttemptMs) : connectMs
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      if (attempt === this.#attempt) this.#giveUp(client, new Error(`no answer within ${limitMs / 1000} s`))
    }, limitMs)
    greet(client, this.#target, this.#role).then(
      (facts) => {
        if (attempt === this.#attempt) this.#up(client, facts)
      },
      (error: Error) => {
        if (attempt === this.#attempt) this.#giveUp(client, error)
      },
    )
  }

  #up(client: Client, facts: ServerFacts): void {
    clearTimeout(this.#deadline)
    if (!client.isCluster)
      (client as SingleClient).options.connectTimeout = Math.min(this.#target.connectMs, longestAttemptMs)
    this.#isUp = true
    this.#hasBeenUp = true
    this.#failures = 0
    this.#why = undefined
    letGo(client)
    this.#events.up(facts)
  }

  /** The greeting failed: this connection is of no use. */
  #giveUp(client: Client, error: Error): void {
    // What could not be sent any more tells nothing: why the connection is gone does.
    if (isUnsent(error)) this.#why ??= new Error(closed)
    else this.#why = this.#reason(error)
    if (client.isCluster) {
      this.#closed()
      client.disconnect(true)
    } else destroy(client as SingleClient)
  }

  #closed(): void {
    this.#attempt++
    clearTimeout(this.#deadline)
    if (this.#isStopped) return
    const why = this.#why ?? new Error(this.#target.kind === 'cluster' ? noNodes : closed)
    this.#why = undefined
    const wasUp = this.#isUp
    this.#isUp = false
    if (wasUp) this.#events.down(why)
    else this.#events.failed(why)
  }

  /** ioredis gave up, which it is not to do. */
  #ended(client: Client): void {
    if (this.#isStopped) return
    clearTimeout(this.#restart)
    this.#restart = setTimeout(() => this.#connect(client), retryMs(++this.#failures))
  }

  /** What is behind the error of a whole cluster. */
  #reason(error: Error): Error {
    const inner = (error as { lastNodeError?: Error }).lastNodeError ?? error
    return isReply(inner) && /cluster support disabled/.test(inner.message)
      ? noCluster(placeOf(this.#target))
      : inner
  }
}

type SingleClient = import('ioredis').Redis
type ClusterClient = import('ioredis').Cluster

/** Lets the process end with a connection open, or about to be made anew: what is pending keeps it alive by itself. */
function letGo(client: Client): void {
  const nodes = client.isCluster ? (client as ClusterClient).nodes() : [client as SingleClient]
  for (const { stream } of nodes) (stream as Partial<Pick<typeof stream, 'unref'>>)?.unref?.()
  for (const name of ['reconnectTimeout', 'slotsTimer']) {
    const timer = (client as unknown as Record<string, NodeJS.Timeout | null | undefined>)[name]
    timer?.unref()
  }
}

function destroy(client: SingleClient): void {
  client.stream?.destroy()
}

function holds({ commandQueue }: SingleClient, command: Command): boolean {
  return commandQueue.toArray().some((item) => item.command === command)
}
