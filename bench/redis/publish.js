import { machine, write } from '../side-by-side/page.js'
import { version } from '../side-by-side/peers.js'
import { asText } from './table.js'

const charts = {
  'redis-throughput.svg': [
    'Jobs a second on Redis (longer is better)',
    ['c1', 'c10', 'c100', 'bulk', 'flight'],
  ],
  'redis-latency.svg': [
    'Milliseconds on Redis (shorter is better)',
    ['start50', 'start99', 'late50', 'late99'],
  ],
  'redis-cost.svg': ['What a job costs on Redis (shorter is better)', ['cpu1', 'cpu10', 'cpu100', 'memory']],
}

/** Writes the raw figures, the charts and the Redis section of the page. */
export function publish(found, table, { seconds, plan }) {
  const peers = table.names.filter((name) => name !== 'thinkq').map((name) => `${name} ${version(name)}`)
  const where = machine('Redis', `Redis ${found.redis} without persistence`, peers)
  write('redis', { where, found, plan, seconds, charts, rows: table.rows, text: asText(table) })
}
