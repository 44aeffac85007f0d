import type { Cluster, Redis } from 'ioredis'
import { ConfigError } from '../../contract/errors.ts'
import { type Client, connectionName } from './client.ts'
import { clockWarning } from './clock.ts'
import { isReply, RedisFailure, refusal, replyCode } from './errors.ts'
import { placeOf, type RedisTarget } from './target.ts'

/** What a server says of itself; null: it may not be asked, or there are several. */
export interface ServerFacts {
  /** Such as `Redis 7.0.15`. */
  readonly version: string | null
  readonly runId: string | null
  /** Whether the database held nothing when the connection was made. */
  readonly isEmpty: boolean | null
  /** What the operator should know, as long as it holds. */
  readonly warnings: readonly string[]
}

/** Logs in, selects, and learns whom it talks to. Rejects with what makes the connection unusable. */
export async function greet(client: Client, target: RedisTarget, role: string): Promise<ServerFacts> {
  return target.kind === 'cluster'
    ? greetCluster(client as Cluster, target)
    : greetServer(client as Redis, target, role)
}

async function greetServer(client: Redis, target: RedisTarget, role: string): Promise<ServerFacts> {
  const place = placeOf(target)
  const { username, password, db } = target
  const ask = (command: string, ...args: (string | number)[]) => outcome(client.call(command, ...args))
  // All in one write: names in capitals, or ioredis would repeat SELECT on its own.
  const [auth, select, info, size] = await Promise.all([
    password === undefined ? null : ask('AUTH', ...(username === undefined ? [] : [username]), password),
    db === 0 ? null : ask('SELECT', db),
    ask('INFO'),
    ask('DBSIZE'),
    ask('CLIENT', 'SETNAME', connectionName(role)),
  ])
  const warnings: string[] = []
  if (auth instanceof Error) {
    if (!/without any password configured|no password is set/.test(auth.message))
      throw refusal(auth.message, target)
    warnings.push(`Redis at ${place} wants no password, but one is set`)
  }
  if (select instanceof Error) throw refusal(select.message, target)
  const facts = readInfo(info, target, warnings)
  if (size instanceof Error && replyCode(size.message) !== 'NOPERM') throw refusal(size.message, target)
  return { ...facts, isEmpty: typeof size === 'number' ? size === 0 : null }
}

/** The first node that answers speaks for all: another one may hang. */
async function greetCluster(client: Cluster, target: RedisTarget): Promise<ServerFacts> {
  const infos = client.nodes('master').map((node) => outcome(node.call('INFO')))
  const { version, warnings } = readInfo(await firstOf(infos), target, [])
  return { version, runId: null, isEmpty: null, warnings }
}

async function firstOf(answers: readonly Promise<unknown>[]): Promise<unknown> {
  try {
    return await Promise.any(answers)
  } catch (error) {
    throw error instanceof AggregateError ? (error.errors[0] ?? new Error('it has no master')) : error
  }
}

/** A command's answer, or the error that Redis answered. Other errors reject. */
async function outcome(sent: Promise<unknown>): Promise<unknown> {
  try {
    return await sent
  } catch (error) {
    if (isReply(error)) return error
    throw error
  }
}

function readInfo(info: unknown, target: RedisTarget, warnings: string[]): ServerFacts {
  const place = placeOf(target)
  if (info instanceof Error) {
    if (replyCode(info.message) !== 'NOPERM') throw refusal(info.message, target)
    const text = `Redis at ${place} does not let this user ask INFO: its version, role and memory policy are not checked`
    return { version: null, runId: null, isEmpty: null, warnings: [...warnings, text] }
  }
  const facts = parseInfo(String(info))
  const version = checkVersion(facts, place)
  checkMode(facts, target)
  if (facts.get('loading') === '1') throw refusal('LOADING Redis is loading the dataset in memory', target)
  if (target.kind !== 'cluster' && facts.get('role') === 'slave')
    throw refusal("READONLY You can't write against a read only replica", target)
  const policy = facts.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction')
    warnings.push(
      `Redis at ${place} has maxmemory-policy ${policy}: when its memory is full it removes jobs without a word. Set maxmemory-policy noeviction`,
    )
  const clock = clockWarning(facts.get('server_time_usec'), place)
  if (clock !== undefined) warnings.push(clock)
  return { version, runId: facts.get('run_id') ?? null, isEmpty: null, warnings }
}

/** Lines of `name:value`. */
function parseInfo(info: string): ReadonlyMap<string, string> {
  const facts = new Map<string, string>()
  for (const line of info.split('\r\n')) {
    const at = line.indexOf(':')
    if (at > 0) facts.set(line.slice(0, at), line.slice(at + 1))
  }
  return facts
}

function checkVersion(facts: ReadonlyMap<string, string>, place: string): string | null {
  const valkey = facts.get('valkey_version')
  if (valkey !== undefined) return `Valkey ${valkey}`
  const redis = facts.get('redis_version')
  if (redis === undefined) return null
  const [major = 0, minor = 0] = redis.split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 2))
    throw new RedisFailure(`Redis at ${place} is version ${redis}; 6.2 or later is needed, or Valkey`, {
      transient: false,
      code: 'REDIS_VERSION',
    })
  return `Redis ${redis}`
}

function checkMode(facts: ReadonlyMap<string, string>, target: RedisTarget): void {
  const mode = facts.get('redis_mode')
  const place = placeOf(target)
  if (mode === 'sentinel')
    throw new ConfigError(`Redis at ${place} is a sentinel: name it in sentinels, with master`)
  if (mode === 'cluster' && target.kind !== 'cluster')
    throw new ConfigError(
      `Redis at ${place} is a node of a cluster, which refuses commands on the keys of several slots (CROSSSLOT): write cluster: true for this connection`,
    )
  if (mode !== undefined && mode !== 'cluster' && target.kind === 'cluster') throw noCluster(place)
}

export function noCluster(place: string): ConfigError {
  return new ConfigError(`Redis at ${place} runs no cluster: leave cluster out for this connection`)
}
