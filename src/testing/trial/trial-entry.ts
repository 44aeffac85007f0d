import { readFileSync } from 'node:fs'
import { endProcess } from '../../process/end.ts'
import { innerChannel } from '../../process/inner-channel.ts'
import { copyThrown, type ThrownCopy } from '../../sandbox/thrown-copy.ts'
import { bodyFor, deliver, entryIn } from '../job-entry.ts'
import { LoneJob } from '../lone-job.ts'
import { watchAwaits } from './await-watch.ts'
import { KillPoints } from './kill-point.ts'
import { Logbook } from './logbook.ts'
import type { TrialNews, TrialOrder } from './order.ts'
import { TrialStore } from './trial-store.ts'

const channel = innerChannel({
  heard: () => undefined,
  uncaught: (error) => tell({ kind: 'crashed', thrown: copyThrown(error) }),
})
const { order } = channel.given as { readonly order: string }
const { file, task, data, attempt, life, target, ...given } = JSON.parse(
  readFileSync(order, 'utf8'),
) as TrialOrder

const logbook = new Logbook(given.logbook)
const points = new KillPoints({
  attempt,
  target,
  kill() {
    logbook.noteKill(attempt)
    endProcess()
  },
})
const store = new TrialStore({ file, attempt, life, logbook, points })
let thrown: ThrownCopy | undefined
let tries: number | undefined

function tell(news: TrialNews): void {
  channel.send(news)
}

async function run(): Promise<void> {
  const entry = await entryIn(file, task)
  tries = entry.tries
  const job = new LoneJob({ name: entry.name, rawBody: bodyFor(entry, data), attempts: attempt, store })
  const stop = watchAwaits((moment, place) => points.reach(moment, place))
  try {
    await deliver(entry, job)
  } finally {
    stop()
  }
}

try {
  await run()
} catch (error) {
  thrown = copyThrown(error)
}
const refused = store.refused && copyThrown(store.refused)
tell({ kind: 'ended', reached: points.reached, thrown, refused, tries })
