import { mapped } from '../../side-by-side/figures.js'
import { rounds } from '../../side-by-side/throughput.js'
import { lateness } from '../../side-by-side/timing.js'
import { withWorkers } from './sides.js'

/** Without options each of its workers takes a job every two seconds: fewer than come. */
const pollsRarely = 'pg-boss'

/** How late jobs begin that another process pushes now and then. */
export async function startMeasure(sides, plan, say) {
  const asked = withWorkers(sides).filter(({ name }) => name !== pollsRarely)
  for (const side of asked) await side.begin({ core: 'any' })
  const { rounds: count, ...timed } = plan.timed
  const raw = await rounds(asked, count, (side) => lateness(side, { concurrency: 10, ...timed }))
  say('push to start')
  return { raw, p50: mapped(raw, ({ p50 }) => p50), p99: mapped(raw, ({ p99 }) => p99) }
}
