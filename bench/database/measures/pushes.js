import { mapped } from '../../side-by-side/figures.js'
import { rounds } from '../../side-by-side/throughput.js'
import { withProducers } from './sides.js'

/** Single pushes, one after the other. */
export async function pushMeasure(sides, { rounds: count, pushMs, pushWarmMs }, say) {
  const own = withProducers(sides)
  for (const side of own) await side.begin()
  const raw = await rounds(own, count, async (side) => {
    await side.single({ ms: pushWarmMs, inFlight: 1 })
    return side.single({ ms: pushMs, inFlight: 1 })
  })
  say('single pushes')
  return { raw, sequential: mapped(raw, ({ count, ms }) => (count / ms) * 1_000) }
}
