import type { Ms } from '../../contract/time.ts'
import { createClient } from './client.ts'
import { unknownMaster } from './connect-failure.ts'
import { RedisFailure, withDetail } from './errors.ts'
import { addressesOf, type RedisTarget } from './target.ts'

/** For a message only: whoever waits for it is not to wait long. */
const longestAskMs: Ms = 500

/** Adds to the failure for an unknown master which ones the sentinels do know, if one of them says so soon. */
export async function namingMasters(failure: unknown, target: RedisTarget): Promise<unknown> {
  if (!(failure instanceof RedisFailure) || failure.code !== unknownMaster) return failure
  const asked = addressesOf(target).map((address) => namesAt({ ...target, addresses: [address] }))
  const names = await Promise.any(asked).catch(() => [])
  return names.length === 0 ? failure : withDetail(failure, `they know ${names.join(', ')}`)
}

async function namesAt(target: RedisTarget): Promise<readonly string[]> {
  const { sentinelUsername: username, sentinelPassword: password } = target
  const connectMs = Math.min(target.connectMs, longestAskMs)
  const client = await createClient({ ...target, connectMs, kind: 'single' }, 'sentinel', () => null)
  const timer = setTimeout(() => client.disconnect(), longestAskMs)
  try {
    await client.connect()
    const login = [...(username === undefined ? [] : [username]), password ?? '']
    if (password !== undefined) await client.call('AUTH', ...login)
    return ((await client.call('SENTINEL', 'MASTERS')) as string[][]).map(nameOf)
  } finally {
    clearTimeout(timer)
    client.disconnect()
  }
}

/** Of a list of names and values in turn. */
function nameOf(fields: readonly string[]): string {
  return fields[fields.indexOf('name') + 1]!
}
