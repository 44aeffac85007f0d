import type { JobEvent } from '../../contract/events.ts'
import type { Clock } from '../../contract/time.ts'
import type { Emitter } from '../../emitter.ts'
import type { Log } from '../../process/log.ts'
import { duration, oneLine, shortened } from '../output.ts'
import { redact } from '../secrets.ts'
import { jobFields, longestName } from './job-records.ts'
import { StoreNews } from './store-news.ts'

/** Logs what goes wrong around the runs themselves: lost leases, burials, warnings and the store that is away. */
export function logTroubles(emitter: Emitter, log: Log, clock: Clock): void {
  const news = new StoreNews(clock)
  emitter.on('store:down', ({ error, attempt }) => {
    const text = news.down(error)
    if (text === null) return
    const what = text.includes('cannot be reached') ? text : `the store cannot be reached: ${text}`
    log.warn({ attempt }, safe(`${what}; trying again`))
  })
  emitter.on('store:up', ({ downMs }) => {
    news.up()
    log.warn({ downMs: Math.round(downMs) }, `the store recovered after ${duration(downMs)}`)
  })
  emitter.on('store:warning', ({ message }) => log.warn(safe(`the store warns: ${message}`)))
  emitter.on('infrastructure:down', ({ error, canAsk }) => {
    const why = error instanceof Error ? error.message : String(error)
    const then = canAsk
      ? 'no job is taken until it answers'
      : 'it cannot be asked, so jobs are tried now and then'
    log.warn(safe(`a job lost what it depends on: ${why}; ${then}, and no try is spent`))
  })
  emitter.on('infrastructure:up', ({ downMs }) => {
    log.warn({ downMs: Math.round(downMs) }, `what the jobs depend on recovered after ${duration(downMs)}`)
  })
  const told = new WeakSet<Error>()
  emitter.on('job:error', ({ error }) => told.add(error))
  emitter.on('job:failed', (event) => {
    const { message } = event.error
    const why = told.has(event.error) ? '' : `: ${message}`
    log.error(
      { ...jobFields(event), error: redact(message) },
      safe(`${titled(event)} was buried${why} (see \`queue failed\`)`),
    )
  })
  emitter.on('job:lost', (event) => {
    log.error(
      jobFields(event),
      safe(
        `${titled(event)} lost its lease: another worker may have it, and what this run says no longer counts`,
      ),
    )
  })
  emitter.on('job:warning', (event) => {
    log.warn(jobFields(event), safe(`${titled(event)}: ${event.message}`))
  })
}

/** Logs what operators did. */
export function logSteering(emitter: Emitter, log: Log): void {
  emitter.on('worker:pause', ({ queues }) => log.info({ queues }, safe(`paused: ${queues.join(', ')}`)))
  emitter.on('worker:resume', ({ queues }) => log.info({ queues }, safe(`resumed: ${queues.join(', ')}`)))
}

function titled({ name, id, attempts }: JobEvent): string {
  return `${shortened(name, longestName)} (${id}, attempt ${attempts})`
}

function safe(text: string): string {
  return oneLine(redact(text))
}
