import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

/** What may say where Redis is, when QUEUE_CONNECTOR says that it is to be used. */
const variables = [
  'QUEUE_CONNECTOR',
  'QUEUE_REDIS_URL',
  'QUEUE_HOST',
  'QUEUE_PORT',
  'QUEUE_USERNAME',
  'QUEUE_PASSWORD',
  'QUEUE_SELECT',
  'QUEUE_TLS',
  'QUEUE_CLUSTER',
  'QUEUE_SENTINELS',
  'QUEUE_MASTER',
  'QUEUE_SENTINEL_USERNAME',
  'QUEUE_SENTINEL_PASSWORD',
]

/** The settings of the demo's queue in Redis; none when the environment does not name it. Every key begins with a prefix of its own. */
export function redisSettings(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  if (!/^redis$/i.test(env.QUEUE_CONNECTOR ?? '')) return {}
  const settings: Record<string, string> = {
    QUEUE_PREFIX: `${env.QUEUE_PREFIX ?? ''}thinkq-demo-${randomBytes(6).toString('hex')}:`,
  }
  for (const name of variables) if (env[name]) settings[name] = env[name]
  return settings
}

/** Removes all keys with the prefix of this demo: a process of its own does it, since an `exit` listener cannot wait. */
export function removeKeys(): void {
  const script = fileURLToPath(new URL('./remove-keys.js', import.meta.url))
  const { status } = spawnSync(process.execPath, [script], { stdio: 'ignore', timeout: 20_000 })
  if (status !== 0)
    process.stderr.write(`Keys that begin with ${process.env.QUEUE_PREFIX} may be left in Redis\n`)
}
