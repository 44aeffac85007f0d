import { peer } from '../../../bench/side-by-side/peers.js'

const forEver = 1_000_000

async function queueOf(port, settings) {
  const Bee = (await peer('bee-queue')).default
  const queue = new Bee('chaos', {
    redis: { host: '127.0.0.1', port, retry_strategy: ({ attempt }) => Math.min(attempt * 100, 3_000) },
    ...settings,
  })
  queue.on('error', () => undefined)
  await queue.ready()
  return queue
}

/** Takes no job a second time: its id is ours. */
export async function producer(port) {
  const queue = await queueOf(port, { isWorker: false, getEvents: false })
  const jobOf = (data) =>
    queue
      .createJob(data)
      .setId(data.n)
      .retries(data.way === 'doomed' ? 1 : forEver)
  return {
    push: (data) => jobOf(data).save(),
    later: (seconds, data) =>
      jobOf(data)
        .delayUntil(Date.now() + seconds * 1_000)
        .save(),
    bulk: async (many) => {
      const errors = await queue.saveAll(many.map(jobOf))
      for (const error of errors.values()) throw error
    },
  }
}

/** Each looks for stalled jobs as often as its README says, by the default length of a lease, 5 s. */
export async function worker({ port, concurrency, run, confirmed }) {
  const queue = await queueOf(port, { activateDelayedJobs: true, getEvents: false })
  queue.process(concurrency, (job) => run(job.data, job.options.retries === forEver))
  queue.on('succeeded', (job, turn) => confirmed(job.data.n, turn))
  queue.checkStalledJobs(5_000, () => undefined)
  return { close: () => queue.close(20_000) }
}
