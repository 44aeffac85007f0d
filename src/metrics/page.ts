import type { QueueSize } from '../contract/connector.ts'
import type { JobTally, ProcessUsage, WorkerReport } from '../contract/report.ts'
import type { Ms } from '../contract/time.ts'
import { Exposition, type Labels, type Sample } from './exposition.ts'
import { type Reports, talliesOf } from './reports.ts'
import { durationBounds, waitBounds } from './spread.ts'

/** What one page shows. */
export interface Shown {
  /** Labels of `thinkq_worker_info`. */
  readonly about: Labels
  readonly reports: Reports
  /** Queues that the workers serve. */
  readonly queues: readonly string[]
  /** What the queues hold; undefined: the store did not say in time. */
  readonly sizes: ReadonlyMap<string, QueueSize> | undefined
  /** Of the process that serves the page. */
  readonly usage: ProcessUsage
}

const alone: Labels = {}
const states = ['ready', 'delayed', 'reserved', 'failed'] as const

/** The page that Prometheus reads. */
export function metricsPage(shown: Shown): string {
  const page = new Exposition()
  page.gauge('thinkq_worker_info', 'What serves this page; always 1.', [[shown.about, 1]])
  showJobs(page, talliesOf(shown.reports))
  showWorkers(page, shown)
  showStore(page, shown)
  showProcess(page, shown.usage)
  return page.text
}

function showJobs(page: Exposition, tallies: readonly JobTally[]): void {
  const each = <Value>(value: (tally: JobTally) => Value): Sample<Value>[] =>
    tallies.map((tally) => [{ queue: tally.queue, job: tally.job }, value(tally)])
  const outcomes = tallies.flatMap(({ queue, job, processed }) =>
    Object.entries(processed).map(([outcome, count]): Sample => [{ queue, job, outcome }, count]),
  )
  page.counter(
    'thinkq_jobs_processed_total',
    'Runs that ended without an error, by what they decided.',
    outcomes,
  )
  page.counter(
    'thinkq_job_errors_total',
    'Runs that threw or timed out.',
    each(({ errors }) => errors),
  )
  page.counter(
    'thinkq_jobs_failed_total',
    'Jobs that were moved among the failed.',
    each(({ failed }) => failed),
  )
  page.counter(
    'thinkq_jobs_lost_total',
    'Runs whose lease was lost.',
    each(({ lost }) => lost),
  )
  page.histogram(
    'thinkq_job_duration_seconds',
    'How long runs took, with an error or without.',
    durationBounds,
    each(({ durations }) => durations),
  )
  page.histogram(
    'thinkq_job_push_to_start_seconds',
    'From push to first start, the delay of later() included; only of jobs whose id says when they were pushed.',
    waitBounds,
    each(({ waits }) => waits).filter(([, { counts }]) => counts.some((count) => count > 0)),
  )
}

function showWorkers(page: Exposition, { reports, queues }: Shown): void {
  const { workers, ended } = reports
  const running = (queue: string) => workers.reduce((sum, each) => sum + (each.running[queue] ?? 0), 0)
  const paused = (queue: string) => (workers.some((worker) => worker.paused.includes(queue)) ? 1 : 0)
  const byQueue = (value: (queue: string) => number) =>
    queues.map((queue): Sample => [{ queue }, value(queue)])
  page.gauge('thinkq_jobs_running', 'Jobs under way.', byQueue(running))
  page.gauge('thinkq_queue_paused', 'Whether the queue is paused.', byQueue(paused))
  page.gauge('thinkq_workers', 'Worker processes that run.', [[alone, workers.length]])
  page.gauge(
    'thinkq_workers_hungry',
    'Workers that want jobs and that the store has not answered for too long.',
    [[alone, workers.filter(({ health }) => health.hungryMs > health.boundMs).length]],
  )
  page.gauge(
    'thinkq_last_reserve_age_seconds',
    'Since the store was last asked for jobs and answered, of the worker for which that is longest.',
    known(longest(workers)),
  )
  page.counter('thinkq_workers_cpu_seconds_total', 'Processor time of the workers.', [
    [alone, workers.reduce((sum, { usage }) => sum + usage.cpu, ended.cpu)],
  ])
  const resident = workers.map(({ usage }) => usage.residentBytes)
  page.gauge(
    'thinkq_workers_resident_memory_bytes',
    'Memory of the workers that run.',
    resident.includes(undefined) ? [] : [[alone, resident.reduce<number>((sum, bytes) => sum + bytes!, 0)]],
  )
}

function longest(workers: readonly WorkerReport[]): number | undefined {
  const ages = workers.map(({ health }) => health.reservedMs).filter((ageMs) => ageMs !== null)
  return ages.length === 0 ? undefined : seconds(Math.max(...ages))
}

function showStore(page: Exposition, { queues, sizes }: Shown): void {
  page.gauge('thinkq_store_up', 'Whether the store said in time how many jobs it has.', [
    [alone, sizes === undefined ? 0 : 1],
  ])
  const counted = queues.flatMap((queue) => {
    const size = sizes?.get(queue)
    return size === undefined ? [] : states.map((state): Sample => [{ queue, state }, size[state]])
  })
  page.gauge('thinkq_queue_jobs', 'Jobs in the store.', counted)
  const oldest = queues.flatMap((queue): Sample[] => {
    const ageMs = ageOf(sizes?.get(queue))
    return ageMs === null ? [] : [[{ queue }, seconds(ageMs)]]
  })
  page.gauge('thinkq_queue_oldest_seconds', 'How long the oldest job has been ready.', oldest)
}

/** Null: nobody knows. */
function ageOf(size: QueueSize | undefined): Ms | null {
  if (size === undefined) return null
  return size.ready === 0 ? 0 : size.oldestMs
}

function showProcess(page: Exposition, { cpu, residentBytes, startedAt }: ProcessUsage): void {
  page.counter('process_cpu_seconds_total', 'Processor time of the process that serves this page.', [
    [alone, cpu],
  ])
  page.gauge('process_resident_memory_bytes', 'Its resident memory.', known(residentBytes))
  page.gauge('process_start_time_seconds', 'When it started, since the epoch.', [[alone, startedAt]])
}

function known(value: number | undefined): Sample[] {
  return value === undefined ? [] : [[alone, value]]
}

function seconds(ms: Ms): number {
  return ms / 1_000
}
