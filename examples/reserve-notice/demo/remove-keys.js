// Removes every key that begins with QUEUE_PREFIX from the Redis of the configuration: what the demo's worker and pushes made.
import { loadConfig } from '../../../dist/config/load.js'
import { createClient } from '../../../dist/connectors/redis/client.js'
import { greet } from '../../../dist/connectors/redis/handshake.js'
import { redisTarget } from '../../../dist/connectors/redis/options.js'

const { connection, connections } = await loadConfig()
const target = redisTarget(connections[connection].options, connection)
if (target.prefix === '') throw new Error('without a prefix this would remove everything')

const client = await createClient(target, 'demo', () => 100)
await client.connect()
await greet(client, target, 'demo')
const pattern = `${target.prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`
for (const node of target.kind === 'cluster' ? client.nodes('master') : [client]) {
  let cursor = '0'
  do {
    const [next, keys] = await node.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
    for (const key of keys) await node.call('UNLINK', key) // one by one: on a cluster they lie in several slots
    cursor = next
  } while (cursor !== '0')
}
client.disconnect()
