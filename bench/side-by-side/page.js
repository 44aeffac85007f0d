import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.js'
import { layout } from './cores.js'
import { figure } from './markdown.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = `${root}docs/benchmarks.md`

/** What a run was made on, in one sentence. */
export function machine(server, stores, peers) {
  const date = new Date().toISOString().slice(0, 10)
  return `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}, ${stores}, ${layout(server)}, ${date}; ${peers.join(', ')}`
}

/** Writes the raw figures, the charts and the section of that name of the page. `charts`: for each file its title and the rows it shows. */
export function write(name, { where, found, plan, seconds, charts, rows, text }) {
  const raw = { machine: where, seconds, plan, ...found }
  const told = `${where}. ${plan.rounds} rounds; the whole run took ${seconds} s. Medians, ranges in brackets.`
  const images = Object.entries(charts).map(([file, [title, ids]]) => ({
    file,
    title,
    panels: rows.filter(({ id }) => ids.includes(id)).map(panelOf),
  }))
  mkdirSync(`${root}bench/results`, { recursive: true })
  writeFileSync(`${root}bench/results/${name}-node-${process.versions.node}.json`, lines(raw))
  const shown = images.filter(({ panels }) => panels.length > 0)
  for (const { file, title, panels } of shown) writeFileSync(`${root}docs/${file}`, chart(title, panels))
  const section = [told, ...shown.map(({ file, title }) => `![${title}](${file})`), text].join('\n\n')
  writeFileSync(page, placed(readFileSync(page, 'utf8'), name, section))
  console.error(`written: docs/benchmarks.md, docs/${name}-*.svg, bench/results/`)
}

function panelOf({ title, unit, spreads }) {
  const bars = Object.entries(spreads).map(([name, { median }]) => ({
    name,
    value: median,
    isOurs: name.startsWith('thinkq'),
  }))
  return { title: `${title}, ${unit}`, bars, shown: figure }
}

/** A line for each part: many figures, few lines. */
function lines(parts) {
  const each = Object.entries(parts).map(
    ([key, part]) => `${JSON.stringify(key)}: ${JSON.stringify(part, rounded)}`,
  )
  return `{\n${each.join(',\n')}\n}\n`
}

const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)

/** The section between the marks is replaced. */
function placed(whole, name, section) {
  const [begins, ends] = [
    `<!-- ${name}: written by npm run bench:${name} -- --write -->`,
    `<!-- /${name} -->`,
  ]
  const [before, rest] = whole.split(begins)
  if (rest === undefined) throw new Error(`docs/benchmarks.md has no line ${begins}`)
  return `${before}${begins}\n${section}\n${ends}${rest.slice(rest.indexOf(ends) + ends.length)}`
}
