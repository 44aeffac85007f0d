import { figure, grid, range, verdict } from '../side-by-side/markdown.js'
import { spread } from '../side-by-side/statistics.js'
import { measured } from './demands.js'

const ours = 'thinkq'

/** Rows of what was measured: medians and ranges, and our ratio to the best peer of the same round. */
export function tableOf(found, names) {
  const rows = measured.map((each) => rowOf(each, found)).filter((row) => row !== undefined)
  return { names, rows, growing: found.growing, ping: found.processing && spread(found.processing.ping) }
}

function rowOf({ find, must, aim, ...row }, found) {
  const figures = attempt(() => find(found))
  if (figures === undefined) return undefined
  const spreads = Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, spread(each)]))
  const whole = { ...row, spreads, ours: spreads[ours], ...ratios(figures, row.more) }
  if (row.id === 'c1' && figures[ours]) whole.overPing = over(figures[ours], found.processing.ping)
  return { ...whole, must: judged(must, whole), aim: judged(aim, whole) }
}

/** A part that was not run has no rows. */
function attempt(find) {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** Round by round: ours over the peer that was best in that round. */
function ratios(figures, more) {
  const { [ours]: own, ...peers } = figures
  const names = Object.keys(peers)
  if (own === undefined || names.length === 0) return {}
  const best = own.map((_, round) => {
    const each = names.map((name) => peers[name][round])
    return more ? Math.max(...each) : Math.min(...each)
  })
  return { ratio: over(own, best), ...(peers.bullmq ? { overBullmq: over(own, peers.bullmq) } : {}) }
}

function over(own, others) {
  return spread(
    own.map((figure, round) => (others[round] === 0 && figure === 0 ? 1 : figure / others[round])),
  )
}

function judged(demand, row) {
  if (demand === undefined) return undefined
  return {
    text: demand.text,
    reached: row.ours === undefined || row.ratio === undefined ? undefined : demand.of(row),
  }
}

/** As Markdown. */
export function asText({ names, rows, growing, ping }) {
  const head = ['', ...names, 'ratio to the best peer', 'must', 'aim']
  const lines = rows.map((row) => [
    row.unit ? `${row.title}, ${row.unit}` : row.title,
    ...names.map((name) => (row.spreads[name] ? range(row.spreads[name]) : 'none')),
    ratioText(row),
    verdict(row.must),
    verdict(row.aim),
  ])
  return [grid([head, ...lines]), pingText(ping), growingText(growing)].filter(Boolean).join('\n\n')
}

function ratioText({ ratio, overBullmq, overPing, id }) {
  const parts = []
  if (ratio) parts.push(range(ratio))
  if (overBullmq && id === 'c100') parts.push(`BullMQ: ${range(overBullmq)}`)
  if (overPing) parts.push(`PING: ${range(overPing)}`)
  return parts.join('; ')
}

function pingText(ping) {
  return ping && `PING of ioredis, one after the other, in the same rounds: ${range(ping)} a second.`
}

function growingText(growing) {
  if (growing === undefined) return ''
  const head = '| thinkq, backlog | jobs/s | CPU of 100,000 jobs: worker + Redis, s |\n|---|---|---|'
  const lines = Object.entries(growing).map(([backlog, { rate, worker, server }]) => {
    const each = [rate, worker, server].map((figures) => figure(figures[ours][0]))
    return `| ${Number(backlog).toLocaleString('en')} | ${each[0]} | ${each[1]} + ${each[2]} |`
  })
  return [head, ...lines].join('\n')
}
