import { Child } from '../../side-by-side/child.js'
import { entry } from '../entry.js'

const delayMs = 3_600_000

/** Pushing and reserving on ours as more jobs wait, and with delayed ones in the way, in turns; each in a database of its own. */
export async function depthMeasure(stores, plan, say) {
  const found = {}
  for (const name of ['mysql', 'sqlite'])
    if (stores[name] !== undefined) {
      found[name] = await depthsOf(stores[name], plan)
      say(`backlog on ${name}`)
    }
  return found
}

async function depthsOf(store, { depths, delayed, depthRounds, depthMs }) {
  const parts = depths.map((count) => ({ name: String(count), fills: [{ count }] }))
  parts.push({ name: 'delayed', fills: [{ count: delayed, delayMs }, { count: depths[0] }] })
  for (const part of parts) part.child = await filled(store, part)
  const found = Object.fromEntries(parts.map(({ name }) => [name, { push: [], reserve: [] }]))
  for (let round = -1; round < depthRounds; round++)
    for (const { name, child } of parts) {
      const { push, reserve } = await child.call('measure', { ms: depthMs })
      if (round < 0) continue // The first of each warms up.
      found[name].push.push(push)
      found[name].reserve.push(reserve)
    }
  for (const { child } of parts) await child.close()
  return found
}

async function filled(store, { name, fills }) {
  await store.create(`depth_${name}`)
  const child = new Child(entry, 'depth', 'worker')
  await child.call('open', { url: store.urlOf(`depth_${name}`) })
  for (const fill of fills) await child.call('fill', fill)
  return child
}
