import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.js'
import { layout } from './cores.js'
import { version } from './peers.js'
import { asText, figure } from './table.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = `${root}docs/benchmarks.md`
const begins = '<!-- redis: written by npm run bench:redis -- --write -->'
const ends = '<!-- /redis -->'

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
  const date = new Date().toISOString().slice(0, 10)
  const peers = table.names.filter((name) => name !== 'thinkq').map((name) => `${name} ${version(name)}`)
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}, Redis ${found.redis} without persistence, ${layout}, ${date}; ${peers.join(', ')}`
  mkdirSync(`${root}bench/results`, { recursive: true })
  writeFileSync(
    `${root}bench/results/redis-node-${process.versions.node}.json`,
    lines({ machine, seconds, plan, ...found }),
  )
  const images = Object.entries(charts).flatMap(([file, [title, ids]]) => {
    const rows = table.rows.filter(({ id }) => ids.includes(id))
    if (rows.length === 0) return []
    writeFileSync(`${root}docs/${file}`, chart(title, rows.map(panelOf)))
    return [`![${title}](${file})`]
  })
  const told = `${machine}. ${plan.rounds} rounds; the whole run took ${seconds} s. Medians, ranges in brackets.`
  const text = [told, ...images, asText(table)]
  writeFileSync(page, placed(readFileSync(page, 'utf8'), `${begins}\n${text.join('\n\n')}\n${ends}`))
  console.error(`written: docs/benchmarks.md, docs/redis-*.svg, bench/results/`)
}

/** A line for each part: many figures, few lines. */
function lines(parts) {
  const each = Object.entries(parts).map(
    ([key, part]) => `${JSON.stringify(key)}: ${JSON.stringify(part, rounded)}`,
  )
  return `{\n${each.join(',\n')}\n}\n`
}

const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)

function panelOf({ title, unit, spreads }) {
  const bars = Object.entries(spreads).map(([name, { median }]) => ({
    name,
    value: median,
    isOurs: name === 'thinkq',
  }))
  return { title: `${title}, ${unit}`, bars, shown: figure }
}

/** The section between the marks is replaced. */
function placed(whole, section) {
  const [before, rest] = whole.split(begins)
  if (rest === undefined) throw new Error(`docs/benchmarks.md has no line ${begins}`)
  return `${before}${section}${rest.slice(rest.indexOf(ends) + ends.length)}`
}
