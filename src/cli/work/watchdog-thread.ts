import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { isPullConnector, type PullConnector } from '../../contract/connector.ts'
import { backoffMs, retryDelayMs } from '../../contract/retry.ts'
import { endProcess } from '../../process/end.ts'
import { type Notice, sharedNow } from '../../watchdog/layout.ts'
import { type SeenJob, SharedView } from '../../watchdog/shared-view.ts'
import { Watchdog } from '../../watchdog/watchdog.ts'
import type { WatchdogData } from './watch.ts'
import type { WatchdogVoice } from './watchdog-voice.ts'

const { memory, beatMs, expireMs, retry, store, voice } = workerData as WatchdogData

const settings = {
  tries: retry.tries,
  backoffMs: (attempt: number) => backoffMs(retry.backoff, attempt),
  backoffOf: backoffMs,
}
const retryMs = (job: SeenJob) => retryDelayMs(job.reservation.attempts, job, settings)

let opening: Promise<PullConnector> | undefined
let speaking: Promise<WatchdogVoice> | undefined

/** Connected when it is first needed: until then the thread holds next to nothing. */
function connector(): Promise<PullConnector> {
  opening ??= connect()
  opening.catch(() => {
    opening = undefined
  })
  return opening
}

async function connect(): Promise<PullConnector> {
  const { createConnector } = await import('../../connectors/index.ts')
  const { loadModule } = await import('../../process/modules.ts')
  const { connection, name, root } = store
  const made = await createConnector(connection, { connection: name, root, load: loadModule })
  if (!isPullConnector(made)) throw new Error(`${made.name} keeps no jobs`)
  await made.open()
  return made
}

/** Past the main thread, through which this one's own output would go. */
function say(what: (voice: WatchdogVoice) => void): Promise<void> {
  speaking ??= import('./watchdog-voice.ts').then(
    ({ WatchdogVoice }) => new WatchdogVoice(voice, (line) => writeSync(1, line)),
  )
  return speaking.then(what)
}

const view = new SharedView(memory)
parentPort!.on('message', (notice: Notice) => view.heard(notice))

const watchdog = new Watchdog({
  view,
  now: sharedNow,
  beatMs,
  expireMs,
  store: connector,
  retryDelayMs: retryMs,
  blocked: (stall) => void say((voice) => voice.blocked(stall)),
  over: (stall) => void say((voice) => voice.over(stall)),
  failed: (doing, error) => void say((voice) => voice.failed(doing, error)),
  overdue: (isSettled) => void say((voice) => voice.overdue(isSettled)).finally(endProcess),
  end: (stall, isSettled) => void say((voice) => voice.ended(stall, isSettled, retryMs)).finally(endProcess),
})
setInterval(() => watchdog.look(), beatMs)
