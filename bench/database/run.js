import { loadavg } from 'node:os'
import { optionsOf } from '../side-by-side/options.js'
import { installPeers } from '../side-by-side/peers.js'
import { pushMeasure } from '../side-by-side/pushes.js'
import { Side } from '../side-by-side/side.js'
import { contenders } from './contenders.js'
import { entry } from './entry.js'
import { depthMeasure } from './measures/depth.js'
import { idleMeasure } from './measures/idle.js'
import { processMeasure } from './measures/processing.js'
import { withProducers } from './measures/sides.js'
import { startMeasure } from './measures/start.js'
import { planFor } from './plan.js'
import { publish } from './publish.js'
import { Place } from './servers/place.js'
import { startStores, stopStores } from './servers/stores.js'
import { asText, tableOf } from './table.js'

const packages = ['graphile-worker', 'pg-boss', 'sidequest', 'better-sqlite3']

const measures = {
  processing: processMeasure,
  pushes: (sides, plan, say) => pushMeasure(withProducers(sides), plan, say),
  start: startMeasure,
  idle: idleMeasure,
  depth: (_, plan, say, stores) => depthMeasure(stores, plan, say),
}

/** Everything, or what `--only=` names: contenders and measures. */
export async function run(args) {
  const options = optionsOf(args, { contenders: Object.keys(contenders), measures: Object.keys(measures) })
  installPeers(packages)
  const plan = planFor(options.quick)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1_000)
  const say = (what) => console.error(`${String(seconds()).padStart(4)} s  ${what}`)
  const stores = await startStores(options.contenders.map((name) => contenders[name].store))
  const sides = options.contenders.map(
    (name) => new Side(name, entry, new Place(stores[contenders[name].store], name.replaceAll('-', '_'))),
  )
  try {
    for (const side of sides) await side.open()
    say('started')
    const found = { stores: await versions(stores), load: loadavg() }
    for (const name of options.measures) found[name] = await measures[name](sides, plan, say, stores)
    const table = tableOf(found, options.contenders)
    console.log(asText(table))
    if (options.write) publish(found, table, { seconds: seconds(), plan, packages })
  } finally {
    for (const side of sides) await side.close()
    await stopStores(stores)
  }
}

async function versions(stores) {
  const entries = Object.entries(stores).map(async ([name, store]) => [name, await store.version()])
  return Object.fromEntries(await Promise.all(entries))
}
