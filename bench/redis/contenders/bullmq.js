import { peer } from '../../side-by-side/peers.js'

const name = 'bench'
const options = { removeOnComplete: true, removeOnFail: true }

/** Queue#addBulk is the documented way to add many. */
export async function producer({ port }) {
  const { Queue } = await peer('bullmq')
  const queue = new Queue(name, {
    connection: { host: '127.0.0.1', port },
    defaultJobOptions: options,
  })
  await queue.waitUntilReady()
  return {
    push: (data, delay) => queue.add('count', data, delay === undefined ? undefined : { delay }),
    bulk: (many) => queue.addBulk(many.map((data) => ({ name: 'count', data }))),
    left: () => queue.getJobCountByTypes('wait', 'paused', 'prioritized', 'delayed', 'active', 'failed'),
    close: () => queue.close(),
  }
}

/** Without lock renewal and stalled check, which its options allow to leave out. */
export async function worker({ port, concurrency, run }) {
  const { Worker } = await peer('bullmq')
  const made = new Worker(name, async (job) => run(job.data), {
    connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null },
    autorun: false,
    concurrency,
    removeOnComplete: { count: 0 },
    skipLockRenewal: true,
    skipStalledCheck: true,
  })
  made.on('error', (error) => console.error('bullmq:', error.message))
  made.on('failed', (_, error) => console.error('bullmq: a job failed', error.message))
  await made.waitUntilReady()
  return { start: () => void made.run(), close: () => made.close() }
}
