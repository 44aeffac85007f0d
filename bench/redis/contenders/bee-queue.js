import { peer } from '../../side-by-side/peers.js'

const name = 'bench'

async function queueOf(port, settings) {
  const Bee = (await peer('bee-queue')).default
  const queue = new Bee(name, {
    redis: { host: '127.0.0.1', port },
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    removeOnSuccess: true,
    removeOnFailure: true,
    ...settings,
  })
  queue.on('error', (error) => console.error('bee-queue:', error.message))
  await queue.ready()
  return queue
}

/** Queue#saveAll is the documented way to add many. */
export async function producer({ port }) {
  const queue = await queueOf(port, { isWorker: false })
  return {
    push: (data, delayMs) => {
      const job = queue.createJob(data)
      return (delayMs === undefined ? job : job.delayUntil(Date.now() + delayMs)).save()
    },
    bulk: async (many) => {
      const errors = await queue.saveAll(many.map((data) => queue.createJob(data)))
      for (const error of errors.values()) throw error
    },
    left: async () => {
      const { waiting, active, delayed, failed } = await queue.checkHealth()
      return waiting + active + delayed + failed
    },
    close: () => queue.close(),
  }
}

/** Where delayed jobs are measured it activates them, with the shortest debounce. */
export async function worker({ port, concurrency, run, delayed }) {
  const queue = await queueOf(port, {
    isWorker: true,
    ...(delayed ? { activateDelayedJobs: true, delayedDebounce: 1 } : {}),
  })
  queue.on('failed', (_, error) => console.error('bee-queue: a job failed', error.message))
  return {
    start: () => void queue.process(concurrency, async (job) => run(job.data)),
    close: () => queue.close(10_000),
  }
}
