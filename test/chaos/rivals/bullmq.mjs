import { peer } from '../../../bench/side-by-side/peers.js'

/**
 * As its guide "Going to production" has it; a job that was done is kept, so that a repeated push of it finds it, and for so long
 * that a worker whose clock is wrong by an hour does not take it for old.
 */
const jobOptions = { removeOnComplete: { age: 24 * 3_600 } }
const forEver = 1_000_000
const connection = (port, more) => ({ host: '127.0.0.1', port, ...more })

const optionsOf = ({ n, way }, delay) => ({
  ...(delay === undefined ? {} : { delay }),
  jobId: n,
  attempts: way === 'doomed' ? 2 : forEver,
})

/** Fails at once while it is not connected, and takes no job a second time. */
export async function producer(port) {
  const { Queue } = await peer('bullmq')
  const queue = new Queue('chaos', {
    connection: connection(port, { enableOfflineQueue: false }),
    defaultJobOptions: jobOptions,
  })
  queue.on('error', () => undefined)
  await queue.waitUntilReady()
  return {
    push: (data) => queue.add('chaos', data, optionsOf(data)),
    later: (seconds, data) => queue.add('chaos', data, optionsOf(data, seconds * 1_000)),
    bulk: (many) => queue.addBulk(many.map((data) => ({ name: 'chaos', data, opts: optionsOf(data) }))),
  }
}

/** A lease of `leaseMs`, or of its default, 30 s. */
export async function worker({ port, concurrency, leaseMs, run, confirmed }) {
  const { Worker } = await peer('bullmq')
  const lease = leaseMs === undefined ? {} : { lockDuration: leaseMs, stalledInterval: leaseMs / 2 }
  const made = new Worker('chaos', (job) => run(job.data, job.attemptsMade === 0), {
    connection: connection(port, { maxRetriesPerRequest: null }),
    concurrency,
    ...lease,
  })
  made.on('error', () => undefined)
  made.on('completed', (job, turn) => confirmed(job.data.n, turn))
  await made.waitUntilReady()
  return { close: () => made.close() }
}
