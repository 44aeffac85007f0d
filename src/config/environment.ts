import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from '../contract/errors.ts'
import {
  parseBackoff,
  parseCount,
  parsePositiveCount,
  parsePositiveSeconds,
  parseProcesses,
  parseSeconds,
} from './units.ts'

/** Environment variables by name. */
export type Env = Record<string, string | undefined>

/**
 * Adds to `env` what it does not have: from the credential `queue.env` that systemd hands to a service (`LoadCredential=`), then
 * from the `.env` file of a folder. A missing file is nothing.
 */
export function addDotEnv(folder: string, env: Env): void {
  const credentials = env.CREDENTIALS_DIRECTORY
  if (credentials) addFile(join(credentials, 'queue.env'), env)
  addFile(join(folder, '.env'), env)
}

function addFile(file: string, env: Env): void {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return
    throw new ConfigError(`${file} cannot be read: ${message}`, { cause: error })
  }
  for (const [name, value] of Object.entries(parseEnv(text))) if (env[name] === undefined) env[name] = value
}

/** Reads one variable's text; `name` is for the message of its error. */
type Read = (text: string, name: string) => unknown

const asText: Read = (text) => text
const asSecondsOrNever: Read = (text, name) => (text === 'null' ? null : parsePositiveSeconds(text, name))
const isSwitch = (text: string) => text === 'true' || text === 'false'
const asSwitch: Read = (text, name) => {
  if (!isSwitch(text)) throw new ConfigError(`${name} is "${text}"; expected true or false`)
  return text === 'true'
}
const asAddresses: Read = (text, name) =>
  text.split(',').map((each) => {
    const [, host, port] = /^\s*(\[[^\]]+\]|[^:\s]+)(?::(\d{1,5}))?\s*$/.exec(each) ?? []
    if (host === undefined)
      throw new ConfigError(`${name} is "${text}"; expected servers such as 10.0.0.1:6379,10.0.0.2:6379`)
    const bare = host.replace(/^\[|\]$/g, '')
    return port === undefined ? { host: bare } : { host: bare, port: Number(port) }
  })

const connectionVariables: Readonly<Record<string, readonly [key: string, read: Read]>> = {
  QUEUE_CONNECTOR: ['connector', asText],
  QUEUE_DEFAULT: ['default', asText],
  QUEUE_EXPIRE: ['expire', asSecondsOrNever],
  QUEUE_PREFIX: ['prefix', asText],
  QUEUE_DSN: ['dsn', asText],
  QUEUE_TABLE: ['table', asText],
  QUEUE_REDIS_URL: ['url', asText],
  QUEUE_HOST: ['host', asText],
  QUEUE_PORT: ['port', parsePositiveCount],
  QUEUE_USERNAME: ['username', asText],
  QUEUE_PASSWORD: ['password', asText],
  QUEUE_SELECT: ['select', parseCount],
  QUEUE_TLS: ['tls', asSwitch],
  QUEUE_CLUSTER: [
    'cluster',
    (text, name) => (isSwitch(text) ? asSwitch(text, name) : asAddresses(text, name)),
  ],
  QUEUE_SENTINELS: ['sentinels', asAddresses],
  QUEUE_MASTER: ['master', asText],
  QUEUE_SENTINEL_USERNAME: ['sentinelUsername', asText],
  QUEUE_SENTINEL_PASSWORD: ['sentinelPassword', asText],
}

const workerVariables: Readonly<Record<string, readonly [key: string, read: Read]>> = {
  QUEUE_WORKER_TRIES: ['tries', parseCount],
  QUEUE_WORKER_TIMEOUT: ['timeout', parseSeconds],
  QUEUE_WORKER_BACKOFF: ['backoff', parseBackoff],
  QUEUE_WORKER_DELAY: ['delay', parseSeconds],
  QUEUE_WORKER_MEMORY: ['memory', parseCount],
  QUEUE_WORKER_SLEEP: ['sleep', parseSeconds],
  QUEUE_WORKER_GRACE: ['grace', parseSeconds],
  QUEUE_WORKER_REST: ['rest', parseSeconds],
  QUEUE_WORKER_CONCURRENCY: ['concurrency', parsePositiveCount],
  QUEUE_WORKER_PROCESSES: ['processes', parseProcesses],
  QUEUE_WORKER_PREFETCH: ['prefetch', parseCount],
}

const httpVariables: Readonly<Record<string, readonly [key: string, read: Read]>> = {
  QUEUE_WORKER_HTTP: ['listen', asText],
  QUEUE_WORKER_HTTP_TOKEN: ['token', asText],
}

/** What the environment says of the connection in use. An empty variable says nothing. */
export function connectionFromEnv(env: Env): Record<string, unknown> {
  return readVariables(env, connectionVariables)
}

/** What the environment says of the worker. */
export function workerFromEnv(env: Env): Record<string, unknown> {
  return readVariables(env, workerVariables)
}

/** What the environment says of health and metrics. */
export function httpFromEnv(env: Env): { readonly listen?: string; readonly token?: string } {
  return readVariables(env, httpVariables)
}

function readVariables(
  env: Env,
  variables: Readonly<Record<string, readonly [string, Read]>>,
): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, [key, read]] of Object.entries(variables)) {
    const text = env[name]?.trim()
    if (text) found[key] = read(text, `environment variable ${name}`)
  }
  return found
}
