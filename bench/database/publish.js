import { figure } from '../side-by-side/markdown.js'
import { machine, write } from '../side-by-side/page.js'
import { version } from '../side-by-side/peers.js'
import { asText } from './table.js'

const charts = {
  'database-throughput.svg': ['Jobs a second on databases (longer is better)', ['c1', 'c10', 'c100']],
  'database-pushes.svg': ['Pushes a second on databases (longer is better)', ['sequential', 'bulk']],
  'database-latency.svg': ['Push to start on databases, ms (shorter is better)', ['start50', 'start99']],
}

/** Writes the raw figures, the charts and the section on databases of the page. */
export function publish(found, table, { seconds, plan, packages }) {
  const peers = packages.map((name) => `${name} ${version(name)}`)
  const stores = `${Object.values(found.stores).join(', ')}, durable commits`
  const where = machine('MariaDB or PostgreSQL', stores, peers)
  const images = Object.entries(charts).map(([file, [title, ids]]) => ({
    file,
    title,
    panels: table.rows.filter(({ id }) => ids.includes(id)).map(panelOf),
  }))
  const told = `${where}. ${plan.rounds} rounds; the whole run took ${seconds} s. Medians, ranges in brackets.`
  write('database', { raw: { machine: where, seconds, plan, ...found }, told, images, text: asText(table) })
}

function panelOf({ title, unit, spreads }) {
  const bars = Object.entries(spreads).map(([name, { median }]) => ({
    name,
    value: median,
    isOurs: name.startsWith('thinkq'),
  }))
  return { title: `${title}, ${unit}`, bars, shown: figure }
}
