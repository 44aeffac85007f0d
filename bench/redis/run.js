import { contenders } from './contenders.js'
import { idle } from './measures/idle.js'
import { momentMeasure } from './measures/moments.js'
import { processMeasure } from './measures/processing.js'
import { pushMeasure } from './measures/pushes.js'
import { growingMeasure, shownMeasure } from './measures/shown.js'
import { installPeers } from './peers.js'
import { planFor } from './plan.js'
import { publish } from './publish.js'
import { Side } from './side.js'
import { asText, tableOf } from './table.js'

const measures = {
  processing: processMeasure,
  pushes: pushMeasure,
  moments: momentMeasure,
  idle: (sides, plan) => idle(sides, plan.idleSeconds),
  shown: shownMeasure,
  growing: ([ours], plan, say) => growingMeasure(ours, plan, say),
}

/** Everything, or what `--only=` names: contenders and measures. */
export async function run(args) {
  installPeers()
  const only =
    args
      .find((arg) => arg.startsWith('--only='))
      ?.slice('--only='.length)
      .split(',') ?? []
  const chosen = (names) =>
    names.some((name) => only.includes(name)) ? names.filter((name) => only.includes(name)) : names
  const sides = chosen(Object.keys(contenders)).map((name) => new Side(name))
  const plan = planFor(args.includes('--quick'))
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1_000)
  const say = (what) => console.error(`${String(seconds()).padStart(4)} s  ${what}`)
  try {
    for (const side of sides) await side.open()
    const found = { redis: await sides[0].server.version() }
    for (const name of chosen(Object.keys(measures))) found[name] = await measures[name](sides, plan, say)
    const table = tableOf(
      found,
      sides.map(({ name }) => name),
    )
    console.log(asText(table))
    if (args.includes('--write')) publish(found, table, { seconds: seconds(), plan })
  } finally {
    for (const side of sides) await side.close()
  }
}
