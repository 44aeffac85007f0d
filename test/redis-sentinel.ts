import { awaitReply } from './redis-reply.ts'
import { type RedisServer, testRedis } from './redis-server.ts'

/** What the sentinel calls the master. */
export const masterName = 'queue-master'

/** A master, its replica, and a sentinel that promotes the replica when the master has been away for half a second. */
export class RedisSentinel {
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinel: RedisServer

  constructor(master: RedisServer, replica: RedisServer, sentinel: RedisServer) {
    this.master = master
    this.replica = replica
    this.sentinel = sentinel
  }

  /** Resolves when the sentinel names that server as the master. */
  async promoted(server: RedisServer): Promise<void> {
    await awaitReply(this.sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName], `,${server.port}`)
    await awaitReply(server, ['ROLE'], 'master')
  }
}

/** For the running test alone. Resolves when the replica is in step and the sentinel knows it. */
export async function testSentinel(config: readonly string[] = []): Promise<RedisSentinel> {
  const master = await testRedis({ config })
  const replica = await testRedis({ config: [`replicaof ${master.host} ${master.port}`, ...config] })
  await awaitReply(replica, ['INFO', 'replication'], 'master_link_status:up')
  const sentinel = await testRedis({
    sentinel: [
      `sentinel monitor ${masterName} ${master.host} ${master.port} 1`,
      `sentinel down-after-milliseconds ${masterName} 500`,
      `sentinel failover-timeout ${masterName} 3000`,
    ],
  })
  await awaitReply(sentinel, ['SENTINEL', 'REPLICAS', masterName], `port,${replica.port}`)
  return new RedisSentinel(master, replica, sentinel)
}
