import { loadavg } from 'node:os'
import { optionsOf } from '../side-by-side/options.js'
import { installPeers } from '../side-by-side/peers.js'
import { pushMeasure } from '../side-by-side/pushes.js'
import { Side } from '../side-by-side/side.js'
import { contenders } from './contenders.js'
import { entry } from './entry.js'
import { idleMeasure } from './measures/idle.js'
import { momentMeasure } from './measures/moments.js'
import { processMeasure } from './measures/processing.js'
import { growingMeasure, shownMeasure } from './measures/shown.js'
import { planFor } from './plan.js'
import { publish } from './publish.js'
import { Server } from './server.js'
import { asText, tableOf } from './table.js'

const measures = {
  processing: processMeasure,
  pushes: pushMeasure,
  moments: momentMeasure,
  idle: idleMeasure,
  shown: shownMeasure,
  growing: async ([first], plan, say) =>
    first.name === 'thinkq' ? growingMeasure(first, plan, say) : undefined,
}

/** Everything, or what `--only=` names: contenders and measures. */
export async function run(args) {
  const options = optionsOf(args, { contenders: Object.keys(contenders), measures: Object.keys(measures) })
  installPeers(['bullmq', 'bull', 'bee-queue', 'groupmq', 'ioredis'])
  const plan = planFor(options.quick)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1_000)
  const say = (what) => console.error(`${String(seconds()).padStart(4)} s  ${what}`)
  const sides = options.contenders.map((name) => new Side(name, entry, new Server()))
  try {
    for (const side of sides) await side.open()
    const found = { redis: await sides[0].server.version(), load: loadavg() }
    for (const name of options.measures) found[name] = await measures[name](sides, plan, say)
    const table = tableOf(found, options.contenders)
    console.log(asText(table))
    if (options.write) publish(found, table, { seconds: seconds(), plan })
  } finally {
    for (const side of sides) await side.close()
  }
}
