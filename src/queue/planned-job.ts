import type { Connector, Envelope } from '../contract/connector.ts'
import { isPullConnector } from '../contract/connector.ts'
import { QueueError } from '../contract/errors.ts'
import type { Pushable } from '../contract/job.ts'
import { type Clock, longestDelay, type Ms, type Seconds } from '../contract/time.ts'
import { checkQueueName, checkSize, encodeData, encodePayload, jobId } from '../payload.ts'

/** What makes envelopes of jobs. */
export interface Naming {
  readonly connector: Connector
  readonly defaultQueue: string
  readonly maxPayload: number
  readonly clock: Clock
  readonly nameOf: (job: Pushable) => string
  readonly queueOf: (job: Pushable) => string | undefined
}

/** A job as it was pushed, its data read. */
export interface Planned {
  readonly job: Pushable
  readonly data: string
  readonly queue: string | undefined
  readonly delayMs: Ms
  /** The caller's own. */
  readonly id: string | undefined
}

interface Told {
  readonly queue?: string | undefined
  readonly delay?: Seconds | undefined
  readonly id?: string | undefined
}

const untold: Told = {}

/** Reads the data at once: what the caller changes afterwards does not count. What `own` does not say, `shared` does. */
export function planned(job: Pushable, data: unknown, own: Told, shared: Told = untold): Planned {
  const { delay = shared.delay ?? 0, id = shared.id, queue = shared.queue } = own
  if (typeof delay !== 'number' || !(delay >= 0 && delay <= longestDelay)) {
    throw new QueueError('DELAY', `a delay of ${String(delay)}: it is seconds, from 0 to ${longestDelay}`)
  }
  if (id !== undefined) checkId(id)
  return { job, data: encodeData(data), queue, delayMs: wholeMs(delay), id }
}

/** Rounded up, but not for the noise of the multiplication: 0.07 s are 70 ms. */
function wholeMs(seconds: Seconds): Ms {
  return Math.max(0, Math.ceil(seconds * 1_000 - 1e-6))
}

function checkId(id: unknown): void {
  if (typeof id === 'string' && /^[\x20-\x7e]{1,200}$/.test(id) && !/["\\]/.test(id)) return
  throw new QueueError(
    'ID',
    `a job id of ${JSON.stringify(id)?.slice(0, 100)}: it is a text of 1 to 200 ASCII characters without quotes and back-slashes`,
  )
}

/** Makes envelopes; names are looked up anew only where they differ from those of the job before. */
export function envelopes(
  batch: readonly Planned[],
  { connector, clock, defaultQueue, maxPayload, nameOf, queueOf }: Naming,
): readonly Envelope[] {
  let last: Planned | undefined
  let job = ''
  let queue = ''
  return batch.map((each) => {
    if (last === undefined || each.job !== last.job || each.queue !== last.queue) {
      job = nameOf(each.job)
      queue = checkQueueName(named(each.queue) ?? queueOf(each.job) ?? defaultQueue)
      last = each
    }
    if (each.id !== undefined) refuseWithoutIds(connector)
    const id = each.id ?? jobId(clock.wall())
    const body = encodePayload(connector.wire, { job, data: each.data, id })
    checkSize(body, maxPayload)
    const envelope = { id, queue, job, body, delayMs: each.delayMs }
    return each.id === undefined ? envelope : { ...envelope, token: each.id }
  })
}

function refuseWithoutIds(connector: Connector): void {
  if (connector.wire !== 'row' || !isPullConnector(connector)) return
  throw new QueueError(
    'ID',
    `push with id: the ${connector.name} connector gives jobs ids of its own and cannot tell a repeated one; leave id out, or use redis`,
  )
}

/** As in think-queue, null, '' and '0' name no queue. */
export function named(queue: string | null | undefined): string | undefined {
  return queue == null || queue === '' || queue === '0' ? undefined : queue
}
