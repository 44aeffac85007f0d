import { onTestFinished } from 'vitest'
import { awaitReply } from './redis-reply.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

export interface RedisClusterOptions {
  /** How long a node is away before the others give it up; default 2,000. */
  readonly nodeTimeoutMs?: number
  /** Further lines of every node's configuration. */
  readonly config?: readonly string[]
  /** Masters alone; default: a replica for each. */
  readonly replicas?: boolean
  /** Lines of every node's ACL file. */
  readonly acl?: readonly string[]
}

const masters = 3
const slots = 16_384

/** Three masters, each with its replica, as processes of the caller's own. Resolves when all agree that the cluster is well. */
export async function startCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { nodeTimeoutMs = 2_000, config = [], replicas = true, acl } = options
  const lines = [
    'cluster-enabled yes',
    `cluster-node-timeout ${nodeTimeoutMs}`,
    'cluster-replica-validity-factor 0',
    ...config,
  ]
  const count = replicas ? 2 * masters : masters
  const started = await Promise.allSettled(
    Array.from({ length: count }, () => startRedis({ config: lines, ...(acl && { acl }) })),
  )
  const nodes = started.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const cluster = new RedisCluster(nodes)
  try {
    for (const each of started) if (each.status === 'rejected') throw each.reason
    await cluster.form()
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

/** The same for the running test alone. */
export async function testCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const cluster = await startCluster(options)
  onTestFinished(() => cluster.stop())
  return cluster
}

export class RedisCluster {
  /** The masters first, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[]

  constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  /** Where a client may begin. */
  get seeds(): readonly { readonly host: string; readonly port: number }[] {
    return this.nodes.map(({ host, port }) => ({ host, port }))
  }

  /** The node that is master of a key now, by what `of` knows. */
  async masterOf(key: string, of = this.nodes[0]!): Promise<RedisServer> {
    const slot = Number(await of.cli('CLUSTER', 'KEYSLOT', key))
    const ranges = (await of.cli('CLUSTER', 'SLOTS')) as [number, number, [string, number], ...unknown[]][]
    const [, , [, port]] = ranges.find(([first, last]) => first <= slot && slot <= last)!
    return this.nodes.find((node) => node.port === port)!
  }

  /** Empties every master. */
  async flush(): Promise<void> {
    await Promise.all(this.nodes.slice(0, masters).map((node) => node.cli('FLUSHALL')))
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }

  async form(): Promise<void> {
    const [first, ...others] = this.nodes
    const each = Math.ceil(slots / masters)
    await Promise.all(
      this.nodes.slice(0, masters).map((node, at) => {
        const own = Array.from({ length: Math.min(each, slots - at * each) }, (_, slot) => at * each + slot)
        return node.cli('CLUSTER', 'ADDSLOTS', ...own)
      }),
    )
    for (const [at, node] of others.entries()) {
      await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', at + 2)
      await first!.cli('CLUSTER', 'MEET', node.host, node.port, node.port + 10_000)
    }
    await this.#all(['CLUSTER', 'INFO'], new RegExp(`cluster_known_nodes:${this.nodes.length}\\b`))
    await this.#replicate()
    await this.#all(['CLUSTER', 'INFO'], /cluster_state:ok[\s\S]*cluster_slots_ok:16384/)
  }

  async #replicate(): Promise<void> {
    const replicas = this.nodes.slice(masters)
    for (const [at, replica] of replicas.entries()) {
      const id = String(await this.nodes[at]!.cli('CLUSTER', 'MYID'))
      await awaitReply(replica, ['CLUSTER', 'NODES'], new RegExp(`^${id} .*\\bmaster\\b`, 'm'))
      await replica.cli('CLUSTER', 'REPLICATE', id)
    }
    await Promise.all(
      replicas.map((replica) => awaitReply(replica, ['INFO', 'replication'], /master_link_status:up/)),
    )
    // Every node must know the replicas as such, or it would not see one of them promoted.
    await this.#all(['CLUSTER', 'NODES'], new RegExp(`(?:\\bslave [\\s\\S]*){${replicas.length}}`))
  }

  async #all(command: readonly [string, ...string[]], wanted: RegExp) {
    await Promise.all(this.nodes.map((node) => awaitReply(node, command, wanted)))
  }
}
