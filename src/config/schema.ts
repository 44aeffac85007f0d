import type * as zod from 'zod'
import { infrastructure, listeners, middleware, type Zod } from './functions.ts'
import { positive, seconds, workerShape } from './worker-schema.ts'

/** The configuration as users write it. Every key may be left out. */
export type QueueConfig = zod.input<ReturnType<typeof configShape>>

/** One entry of `connections`. */
export type ConnectionInput = zod.input<ReturnType<typeof connectionShape>>

/** The one definition of the configuration: validation, JSON schema and the type of `defineConfig` come from it. */
export function configShape(z: Zod) {
  return z.strictObject({
    $schema: z.string().optional().describe('For editors: where the JSON schema of this file is'),
    ...connectionKeys(z),
    connection: z
      .string()
      .min(1)
      .optional()
      .describe('The connection of `connections` used when none is named'),
    connections: z
      .record(z.string(), connectionShape(z))
      .optional()
      .describe(
        'Several connections by name; what stands at the top level holds for each that says nothing else',
      ),
    jobs: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the job modules, from the root of the project. Default ./jobs'),
    worker: workerShape(z).optional().describe('How the worker runs; a flag of the command line beats it'),
    autoDelete: z
      .boolean()
      .optional()
      .describe('Whether a job class is deleted when fire returns unsettled. Default false'),
    unknownJob: z
      .union([z.literal('bury'), z.strictObject({ release: seconds(z) })])
      .optional()
      .describe('What happens to a job of unknown name: "bury" (default), or { release: seconds }'),
    bigNumbers: z
      .enum(['bigint', 'string'])
      .optional()
      .describe('How integers beyond 2^53 reach a job. Default bigint'),
    maxPayload: z.int().min(1).optional().describe('Longest payload in bytes. Default 1048576'),
    failed: z
      .strictObject({ keep: seconds(z).nullable().optional().describe('Seconds; null (default): for ever') })
      .optional()
      .describe('The failed jobs'),
    effects: z
      .strictObject({
        keep: positive(z)
          .nullable()
          .optional()
          .describe('Seconds for which once and onceIn remember an effect; null: for ever. Default 2592000'),
      })
      .optional()
      .describe('What jobs do once'),
    infrastructure: infrastructure(z)
      .optional()
      .describe('What jobs depend on: { isLost, ping } or a list of such; losing it spends no try of a job'),
    environment: z
      .string()
      .min(1)
      .optional()
      .describe('What queue workers calls the environment. Default NODE_ENV'),
    release: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What queue workers calls the code. Default: the git revision, else the version in package.json',
      ),
    on: listeners(z).optional().describe('Listeners by the name of their event'),
    middleware: middleware(z)
      .optional()
      .describe('Functions (job, next) around each run, the first outermost'),
  })
}

/** One connection. A connector of the user's own may have options of any name, so the keys are not closed here. */
function connectionShape(z: Zod) {
  return z.looseObject(connectionKeys(z))
}

/** Keys of every connection, whatever its connector. */
export const commonKeys: readonly string[] = ['connector', 'default', 'expire']

/** Keys that belong to one of our connectors alone. */
export const connectorKeys: Readonly<Record<string, readonly string[]>> = {
  sync: [],
  memory: [],
  database: ['dsn', 'table', 'prefix', 'timeout', 'persistent', 'breakReconnect'],
  redis: [
    ...['url', 'host', 'port', 'username', 'password', 'select', 'prefix'],
    ...['timeout', 'persistent', 'breakReconnect', 'restartKey', 'tls', 'layout', 'cluster'],
    ...['sentinels', 'master', 'sentinelUsername', 'sentinelPassword'],
  ],
  topthink: ['token', 'project_id', 'protocol', 'host', 'port', 'api_version', 'max_retries', 'timeout'],
}

function connectionKeys(z: Zod) {
  return {
    connector: z
      .string()
      .min(1)
      .optional()
      .describe(
        'sync, database, redis, topthink, memory (any capitals), or the path of your own connector module',
      ),
    default: z.string().min(1).optional().describe('The queue used when none is named. Default "default"'),
    expire: positive(z)
      .nullable()
      .optional()
      .describe('Seconds after which a job whose worker died runs again; null: never. Default 60'),
    timeout: seconds(z).optional().describe('Seconds to wait for a connection. Default 10, also for 0'),
    persistent: z
      .boolean()
      .optional()
      .describe('Accepted for think-queue: a Node process keeps its connection anyway'),
    breakReconnect: z
      .boolean()
      .optional()
      .describe(
        'redis: whether a call waits, up to 5 s, for a connection that was lost; false: it rejects at once. database on MySQL: whether a statement outside a transaction is repeated once when its connection was lost. The connection itself is made anew in any case. Default true',
      ),
    prefix: z.string().optional().describe('What table names or keys begin with'),
    ...redisKeys(z),
    ...databaseKeys(z),
    ...topthinkKeys(z),
  }
}

function redisKeys(z: Zod) {
  return {
    url: z
      .string()
      .optional()
      .describe('redis: a URL instead of host, port, password and select: redis:, rediss: (TLS) or unix:'),
    host: z.string().optional().describe('redis, topthink: the host. Redis: default 127.0.0.1'),
    port: z
      .int()
      .min(0)
      .max(65535)
      .optional()
      .describe('redis, topthink: the port. Redis: default 6379, also for 0'),
    username: z.string().optional().describe('redis: the user of an ACL'),
    password: z.string().optional().describe('redis: the password; empty: none'),
    select: z.int().min(0).optional().describe('redis: the number of the database. Default 0'),
    restartKey: z
      .strictObject({ key: z.string().min(1).optional(), select: z.int().min(0).optional() })
      .optional()
      .describe(
        'redis: the key PHP workers read to restart. Default think:queue:restart in the same database',
      ),
    tls: z
      .union([z.boolean(), z.record(z.string(), z.unknown())])
      .optional()
      .describe(
        'redis: true, or options of node:tls such as { ca, cert, key, servername }. It verifies by default',
      ),
    layout: z
      .enum(['plain', 'tagged'])
      .optional()
      .describe(
        'redis: how keys are called: "plain" (default, as PHP), or "tagged" ({queues:NAME}); a cluster is always tagged',
      ),
    ...redisGroupKeys(z),
  }
}

/** Of several servers that are one Redis together. */
function redisGroupKeys(z: Zod) {
  const addresses = z.array(
    z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65535).optional() }),
  )
  return {
    cluster: z
      .union([z.boolean(), addresses.min(1)])
      .optional()
      .describe('redis: true when it is a cluster, or [{ host, port }] of some of its nodes'),
    sentinels: addresses
      .min(1)
      .optional()
      .describe('redis: [{ host, port }] of the sentinels that know the master. Default port 26379'),
    master: z.string().min(1).optional().describe('redis: what the sentinels call the master'),
    sentinelUsername: z.string().optional().describe('redis: the user at the sentinels'),
    sentinelPassword: z.string().optional().describe('redis: the password at the sentinels'),
  }
}

function databaseKeys(z: Zod) {
  return {
    table: z.string().min(1).optional().describe('database: the table of the jobs. Default "jobs"'),
    dsn: z
      .union([z.string(), z.record(z.string(), z.unknown()), z.tuple([])])
      .optional()
      .describe(
        'database: a URL such as sqlite:./queue.sqlite or mysql://user:password@host/name, or its parts as an object; empty: DATABASE_URL',
      ),
  }
}

function topthinkKeys(z: Zod) {
  return {
    token: z.string().optional().describe('topthink: the token'),
    project_id: z.union([z.string(), z.int()]).optional().describe('topthink: the project'),
    protocol: z.enum(['http', 'https']).optional().describe('topthink: Default https'),
    api_version: z.int().min(1).optional().describe('topthink: Default 1'),
    max_retries: z.int().min(0).optional().describe('topthink: Default 3'),
  }
}
