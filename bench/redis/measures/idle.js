import { setTimeout as sleep } from 'node:timers/promises'

/** All sides at once, as they do next to nothing: commands a second and resident memory of a worker without jobs. */
export async function idleMeasure(sides, { idleSeconds }, say) {
  for (const side of sides) await side.empty()
  const workers = await Promise.all(sides.map((side) => side.worker({ concurrency: 10 }, 'any')))
  await Promise.all(workers.map((worker) => worker.call('start')))
  await sleep(3_000)
  const commands = await Promise.all(sides.map(({ server }) => server.commands(idleSeconds)))
  const answers = sides.map(({ name }, at) => [
    name,
    { ...commands[at], residentMb: workers[at].residentMb() },
  ])
  for (const [at, side] of sides.entries()) await side.end(workers[at])
  say('idle workers')
  return Object.fromEntries(answers)
}
