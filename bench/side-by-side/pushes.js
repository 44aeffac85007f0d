import { mapped } from './figures.js'
import { rounds } from './throughput.js'

/** Single pushes, one after the other and a hundred in flight. */
export async function pushMeasure(sides, plan, say) {
  const raw = {}
  for (const [name, inFlight] of [
    ['sequential', 1],
    ['inFlight', 100],
  ]) {
    for (const side of sides) await side.begin()
    raw[name] = await rounds(sides, plan.rounds, async (side) => {
      await side.single({ ms: plan.pushWarmMs, inFlight })
      return side.single({ ms: plan.pushMs, inFlight })
    })
    say(`${name} pushes`)
  }
  const rate = ({ count, ms }) => (count / ms) * 1_000
  return { raw, sequential: mapped(raw.sequential, rate), inFlight: mapped(raw.inFlight, rate) }
}
