import { machine, write } from '../side-by-side/page.js'
import { version } from '../side-by-side/peers.js'
import { asText } from './table.js'

const charts = {
  'database-throughput.svg': ['Jobs a second on databases (longer is better)', ['c1', 'c10', 'c100']],
  'database-pushes.svg': [
    'Pushes a second on databases (longer is better)',
    ['sequential', 'inFlight', 'bulk'],
  ],
  'database-latency.svg': ['Push to start on databases, ms (shorter is better)', ['start50', 'start99']],
}

/** Writes the raw figures, the charts and the section on databases of the page. */
export function publish(found, table, { seconds, plan, packages }) {
  const peers = packages.map((name) => `${name} ${version(name)}`)
  const stores = `${Object.values(found.stores).join(', ')}, durable commits`
  const where = machine('MariaDB or PostgreSQL', stores, peers)
  write('database', { where, found, plan, seconds, charts, rows: table.rows, text: asText(table) })
}
