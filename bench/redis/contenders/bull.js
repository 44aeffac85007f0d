import { peer } from '../../side-by-side/peers.js'

const name = 'bench'
const defaultJobOptions = { removeOnComplete: true, removeOnFail: true }

async function queueOf(port) {
  const Bull = (await peer('bull')).default
  const queue = new Bull(name, { redis: { host: '127.0.0.1', port }, defaultJobOptions })
  queue.on('error', (error) => console.error('bull:', error.message))
  queue.on('failed', (_, error) => console.error('bull: a job failed', error.message))
  await queue.isReady()
  return queue
}

export async function producer({ port }) {
  const queue = await queueOf(port)
  return {
    push: (data, delay) => queue.add(data, delay === undefined ? undefined : { delay }),
    bulk: (many) => queue.addBulk(many.map((data) => ({ data }))),
    left: async () => {
      const { waiting, active, delayed, failed, paused } = await queue.getJobCounts()
      return waiting + active + delayed + failed + (paused ?? 0)
    },
    close: () => queue.close(),
  }
}

/** Its documented `stalledInterval: 0` is an error in each script on Redis 7, so that stays as it is. */
export async function worker({ port, concurrency, run }) {
  const queue = await queueOf(port)
  return {
    start: () => void queue.process(concurrency, async (job) => run(job.data)),
    close: () => queue.close(),
  }
}
