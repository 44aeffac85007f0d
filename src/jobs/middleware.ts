import type { Job, Middleware } from '../contract/job.ts'

export type Run = (job: Job, data: unknown) => unknown

/** The run with its middleware around it, the first outermost; the run itself when there is none. */
export function within(middleware: readonly Middleware[], run: Run): Run {
  return middleware.reduceRight<Run>(
    (inner, layer) => (job, data) => pass(layer, job, () => inner(job, data)),
    run,
  )
}

/** One layer. What it began and did not wait for is waited for here, since the run is not over before. */
async function pass(layer: Middleware, job: Job, inner: () => unknown): Promise<void> {
  let begun: Promise<unknown> | undefined
  let isOver = false
  const begin = async () => {
    try {
      return await inner()
    } finally {
      isOver = true
    }
  }
  const next = () => {
    if (begun !== undefined) throw new Error('a middleware called next() twice: a job runs once')
    begun = begin()
    return begun
  }
  try {
    await layer(job, next)
  } catch (thrown) {
    // The layer's own error is the run's: what the job says later does not count.
    void begun?.catch(() => undefined)
    throw thrown
  }
  if (!isOver) await begun
}
