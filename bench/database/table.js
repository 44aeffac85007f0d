import { figure, grid, range, verdict } from '../side-by-side/markdown.js'
import { spread } from '../side-by-side/statistics.js'
import { demands, measured } from './demands.js'

/** Rows of what was measured and of what is wanted; medians and ranges. */
export function tableOf(found, names) {
  const rows = measured.map((each) => rowOf(each, found)).filter((row) => row !== undefined)
  const wanted = demands.map((each) => wantedOf(each, rows)).filter((row) => row !== undefined)
  return { names, rows, wanted, depth: found.depth ?? {}, idle: found.idle }
}

function rowOf({ find, ...row }, found) {
  const figures = attempt(() => find(found))
  if (figures === undefined) return undefined
  const spreads = Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, spread(each)]))
  return { ...row, figures, spreads }
}

/** A part that was not run has no rows. */
function attempt(find) {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** Round by round: ours over the peer that was best in that round, or over the number. */
function wantedOf({ id, own, peers = [], more, number, must, aim, ...row }, rows) {
  const { figures, spreads } = rows.find((each) => each.id === id) ?? { figures: {} }
  const there = peers.filter((name) => figures[name] !== undefined)
  if (figures[own] === undefined || (number === undefined && there.length === 0)) return undefined
  const best = figures[own].map((_, round) => {
    const each = there.map((name) => figures[name][round])
    return number ?? (more ? Math.max(...each) : Math.min(...each))
  })
  const whole = {
    ...row,
    own: spreads[own],
    best: spread(best),
    ratio: spread(figures[own].map((each, round) => each / best[round])),
  }
  return { ...whole, must: judged(must, whole), aim: judged(aim, whole) }
}

function judged(demand, row) {
  return demand && { text: demand.text, reached: demand.of(row) }
}

/** As Markdown. */
export function asText({ names, rows, wanted, depth, idle }) {
  const head = ['', 'ours', 'the best of them', 'ratio', 'must', 'aim']
  const demanded = wanted.map(({ title, own, best, ratio, must, aim }) => [
    ...[title, range(own), range(best), range(ratio)],
    ...[verdict(must), verdict(aim)],
  ])
  const all = rows.map(({ title, unit, spreads }) => [
    `${title}, ${unit}`,
    ...names.map((name) => (spreads[name] ? range(spreads[name]) : 'none')),
  ])
  const grids = [
    demanded.length > 0 ? grid([head, ...demanded]) : '',
    all.length > 0 ? grid([['', ...names], ...all]) : '',
    ...Object.entries(depth).map(([store, found]) => depthText(store, found)),
    idleText(idle),
  ]
  return grids.filter(Boolean).join('\n\n')
}

/** What may be lost between the shortest backlog and any other. */
const leastShare = 0.8

function depthText(store, found) {
  const [first] = Object.keys(found)
  const head = [`thinkq on ${store}, jobs waiting`, 'single pushes/s', 'reserved and settled by tens, jobs/s']
  const lines = Object.entries(found).map(([name, { push, reserve }]) => [
    name === 'delayed' ? 'as the first, and delayed ones in the way' : figure(Number(name)),
    ...[
      [push, found[first].push],
      [reserve, found[first].reserve],
    ].map(([each, base]) => {
      const { median } = spread(each.map((one, round) => one / base[round]))
      const judgement =
        name === first ? '' : `: ${figure(median)}x ${median >= leastShare ? 'yes' : '**no**'}`
      return `${range(spread(each))}${judgement}`
    }),
  ])
  return `${grid([head, ...lines])}\n\nWanted: within 20 % of the first line, pairs of one round compared.`
}

function idleText(idle) {
  if (idle === undefined) return ''
  const head = ['an idle worker of concurrency 10, a second', ...Object.keys(idle)]
  const lines = [
    ['quiet', 'statements'],
    ['active', 'statements'],
    ['quiet', 'worker'],
    ['active', 'worker'],
    ['quiet', 'server'],
    ['active', 'server'],
  ].map(([when, what]) => [
    `${what === 'statements' ? 'statements (of PostgreSQL: transactions)' : `CPU of the ${what}, ms`}, ${
      when === 'quiet' ? 'no job yet' : 'a job seconds ago'
    }`,
    ...Object.values(idle).map((each) => figure(Math.max(0, each[when][what]))),
  ])
  return grid([head, ...lines])
}
