import type { FailedFilter, FailedJobs } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { MemoryStore } from './store.ts'

/** The buried jobs of a memory store; `time` rejects once the connector is closed. */
export function memoryFailedJobs(store: MemoryStore, time: (now?: Ms) => Ms): FailedJobs {
  return {
    async all({ ids, queue, before, limit, after }: FailedFilter = {}) {
      time()
      const chosen = [...store.failed.values()]
        .reverse()
        .filter(
          (job) =>
            (ids === undefined || ids.includes(job.id)) &&
            (queue === undefined || job.queue === queue) &&
            (before === undefined || job.failedAt <= before) &&
            (after === undefined || Number(job.id) < Number(after.id)),
        )
      return chosen.slice(0, limit).map(({ jobId: _, ...job }) => job)
    },
    async retry(ids, now) {
      const at = time(now)
      return ids.filter((id) => store.retry(id, at))
    },
    async forget(ids) {
      time()
      return ids.filter((id) => store.failed.delete(id)).length
    },
    async flush(before = Infinity) {
      time()
      const doomed = [...store.failed.values()].filter((job) => job.failedAt <= before)
      for (const job of doomed) store.failed.delete(job.id)
      return doomed.length
    },
  }
}
