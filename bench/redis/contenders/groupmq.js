import { peer } from '../../side-by-side/peers.js'

const namespace = 'bench'
/** A group runs one job at a time, so there are more of them than jobs at once. */
const groups = 1_000

async function queueOf(port, settings) {
  const { Queue } = await peer('groupmq')
  const { Redis } = await peer('ioredis')
  const redis = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null })
  return { redis, queue: new Queue({ redis, namespace, keepCompleted: 0, keepFailed: 0, ...settings }) }
}

/** It has no call for many; `autoBatch` gathers single ones, as its README advises for many jobs. */
export async function producer({ port }) {
  const single = await queueOf(port, {})
  const batching = await queueOf(port, { autoBatch: { size: 100, maxWaitMs: 1 } })
  const options = (data, delay) => ({ groupId: `g${data.n % groups}`, data, delay })
  return {
    push: (data, delay) => single.queue.add(options(data, delay)),
    pushInFlight: (data) => batching.queue.add(options(data)),
    fill: (many) => Promise.all(many.map((data) => batching.queue.add(options(data)))),
    left: async () => {
      const { waiting, active, delayed } = await single.queue.getJobCounts()
      return waiting + active + delayed
    },
    close: async () => {
      await batching.queue.close()
      await single.queue.close()
      batching.redis.disconnect()
      single.redis.disconnect()
    },
  }
}

export async function worker({ port, concurrency, run, delayed }) {
  const { Worker } = await peer('groupmq')
  const { redis, queue } = await queueOf(port, delayed ? { schedulerLockTtlMs: 50 } : {})
  const made = new Worker({
    queue,
    concurrency,
    handler: async (job) => run(job.data),
    ...(delayed ? { schedulerIntervalMs: 10 } : {}),
  })
  made.on('error', (error) => console.error('groupmq:', error.message))
  made.on('failed', (job) => console.error('groupmq: a job failed', job.failedReason))
  return {
    start: () => void made.run(),
    close: async () => {
      await made.close()
      redis.disconnect()
    },
  }
}
