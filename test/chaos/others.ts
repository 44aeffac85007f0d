/** What other systems promise of a job whose worker was killed, by their defaults, and where that is said. */
interface Undertaking {
  readonly system: string
  readonly delivery: string
  /** Until such a job is run again. */
  readonly recovery: string
  readonly source: string
}

const others: readonly Undertaking[] = [
  {
    system: 'think-queue 2.0',
    delivery: 'at least once',
    recovery: '60 s (`expire`), and a job that runs longer runs twice',
    source: '`src/queue/connector/Redis.php`, `Database.php`',
  },
  {
    system: 'BullMQ 6.7',
    delivery: 'at least once; a job that stalls twice fails',
    recovery: '30 to 60 s (`lockDuration`, `stalledInterval`)',
    source: '[stalled jobs](https://docs.bullmq.io/guide/jobs/stalled)',
  },
  {
    system: 'bee-queue 2.0',
    delivery: 'at least once',
    recovery: '5 s (`stallInterval`), if `checkStalledJobs` is called',
    source: '[README](https://github.com/bee-queue/bee-queue#under-the-hood)',
  },
  {
    system: 'Sidekiq without Pro',
    delivery: 'at most once when its process crashes',
    recovery: 'never: the job is lost',
    source: '[Reliability](https://github.com/sidekiq/sidekiq/wiki/Reliability)',
  },
  {
    system: 'pg-boss 12.38',
    delivery: 'at least once',
    recovery: '15 min (`expireInSeconds`)',
    source: '`QUEUE_DEFAULTS` in `dist/plans.js`',
  },
  {
    system: 'Faktory',
    delivery: 'at least once',
    recovery: '30 min (`reserve_for`)',
    source: '[The Job Payload](https://github.com/contribsys/faktory/wiki/The-Job-Payload)',
  },
  {
    system: 'Celery on Redis',
    delivery: 'at least once with `acks_late`',
    recovery: '1 h (`visibility_timeout`)',
    source:
      '[Using Redis](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout)',
  },
  {
    system: 'River',
    delivery: 'at least once',
    recovery: '1 h (`RescueStuckJobsAfter`)',
    source: '[Config](https://pkg.go.dev/github.com/riverqueue/river#Config)',
  },
  {
    system: 'graphile-worker 0.17.3',
    delivery: 'at least once',
    recovery: '4 h',
    source: '`dist/sql/resetLockedAt.js`',
  },
]

/** As a table of the documentation. */
export function othersTable(): readonly string[] {
  return [
    '| system | a job whose worker was killed | is run again after | said in |',
    '|---|---|---|---|',
    ...others.map(
      ({ system, delivery, recovery, source }) => `| ${system} | ${delivery} | ${recovery} | ${source} |`,
    ),
  ]
}
