import { defineConfig } from 'thinkq'

export default defineConfig({
  // Where jobs are kept. 'database' is an SQLite file, which needs no server, or MySQL; 'redis' is for production, and for queues shared with PHP;
  // 'memory' forgets them when the process ends (for tests); 'sync' keeps none and runs each as it is pushed; './my-connector.ts' is
  // a store of your own. QUEUE_CONNECTOR, QUEUE_DSN and QUEUE_REDIS_URL of the environment, or of .env, beat what stands here.
  connector: 'database',
  dsn: 'sqlite:./.queue/queue.sqlite',
  // dsn: 'mysql://user:password@127.0.0.1:3306/name', // or MariaDB; DATABASE_URL where it is empty
  // table: 'jobs',
  // prefix: '',

  // connector: 'redis',
  // host: '127.0.0.1',
  // port: 6379,
  // password: '',
  // select: 0, // the number of the database
  // url: 'redis://user:password@127.0.0.1:6379/0', // instead of the four above; 'rediss:' for TLS, 'unix:/run/redis.sock'

  // The queue a job is pushed to when none is named, and the one a worker takes from.
  default: 'default',

  // Seconds after which a job whose worker died runs again. A worker that lives renews it, so it need not cover your longest job.
  expire: 60,

  // The folder of your job modules: its file names are the names of the jobs.
  jobs: './examples/reserve-notice/jobs',

  // How `queue work` runs. A job's own setting beats a flag, and a flag beats what stands here. Times are seconds.
  worker: {
    tries: 3, // deliveries before a job is buried with the failed jobs; 0: for ever, as think-queue does
    backoff: 'exponential', // the wait before the next try: 'exponential', one figure, or a list such as [3, 10, 60]
    timeout: 60, // longest run of one job; 0: no limit
    // delay: 0, // the wait before the next try where there is no backoff
    // concurrency: 1, // jobs at once in one process
    // processes: 1, // worker processes that one `queue work --daemon` keeps going
    // sleep: 3, // longest wait when nothing is there
    // memory: 128, // MB of used heap and external memory after which the worker ends, to be started anew
    // grace: 60, // what running jobs are given after a stop signal; default: timeout
    // rest: 0, // pause between jobs
    // http: '127.0.0.1:9464', // where /healthz, /readyz and /metrics are served

    // Workers by the queues they serve: one `queue work --daemon` without --queue runs them all, as many of each as what waits calls
    // for. What stands in a pool beats what stands above; `processes` is then the most of all pools together.
    // pools: { notices: { queues: ['reserve_notice'], min: 1, max: 4, concurrency: 10 }, rest: { queues: ['default'] } },
  },

  // Whether a job class whose fire() neither deletes nor releases is deleted when it returns. false, as in think-queue: it runs
  // again after `expire`. Jobs made with defineJob() are always deleted when they return.
  // autoDelete: false,

  // A job nobody knows is buried; during rolling deploys an older worker may put it back instead.
  // unknownJob: { release: 30 },

  // Integers beyond 2^53, such as snowflake ids from PHP, reach a job as BigInt, or as text.
  // bigNumbers: 'string',

  // Longest payload in bytes.
  // maxPayload: 1_048_576,

  // Seconds to keep failed jobs; null: for ever.
  // failed: { keep: null },

  // Seconds for which job.once and job.onceIn remember that an effect was had; null: for ever.
  // effects: { keep: 2_592_000 },

  // Called with what happens in the worker.
  // on: { 'job:failed': ({ name, error }) => console.error(`${name} failed for good`, error) },

  // Several stores at once: `connection` is the one in use, what stands at the top level holds for each.
  // connection: 'main',
  // connections: { main: { connector: 'database', dsn: 'sqlite:./.queue/queue.sqlite' }, test: { connector: 'memory' } },
})
