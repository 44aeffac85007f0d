import { opened, producerOf, queue } from './pg-boss.js'

/** NOTIFY wakes the worker. */
const instance = { useListenNotify: true }

export function producer({ url }) {
  return producerOf(url, { instance, queueOptions: { notify: true } })
}

/**
 * The fastest its pages tell of: a batch as large as the concurrency, asked for again at once while it comes full. One at a time
 * there is no such burst: there `fetch` and `complete` follow each other.
 */
export async function worker({ url, concurrency, run }) {
  const boss = await opened(url, instance)
  return concurrency === 1 ? oneByOne(boss, run) : batches(boss, concurrency, run)
}

function batches(boss, concurrency, run) {
  const options = { batchSize: concurrency, burstWhenBatchFull: true }
  return {
    start: () => boss.work(queue, options, (jobs) => Promise.all(jobs.map(async ({ data }) => run(data)))),
    close: () => boss.stop(),
  }
}

function oneByOne(boss, run) {
  let isOn = true
  let loop
  const work = async () => {
    while (isOn) {
      const [job] = await boss.fetch(queue)
      if (job === undefined) await new Promise((resolve) => setTimeout(resolve, 100))
      else {
        await run(job.data)
        await boss.complete(queue, job.id)
      }
    }
  }
  return {
    start: () => {
      loop = work()
    },
    close: async () => {
      isOn = false
      await loop
      await boss.stop()
    },
  }
}
