// Removes every key that begins with QUEUE_PREFIX from the Redis of the configuration: what the demo's worker and pushes made.
import { loadConfig } from '../../../dist/config/load.js'
import { Link } from '../../../dist/connectors/redis/link.js'
import { redisTarget } from '../../../dist/connectors/redis/options.js'

const { connection, connections } = await loadConfig()
const target = redisTarget(connections[connection].options, connection)
if (target.prefix === '') throw new Error('without a prefix this would remove everything')

const link = new Link(target)
await link.open()
const pattern = `${target.prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`
let cursor = '0'
do {
  const [next, keys] = await link.send('SCAN', [cursor, 'MATCH', pattern, 'COUNT', 1000])
  if (keys.length > 0) await link.send('UNLINK', keys)
  cursor = next
} while (cursor !== '0')
await link.close()
