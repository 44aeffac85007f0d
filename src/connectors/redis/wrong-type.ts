import { type RedisFailure, withDetail } from './errors.ts'

/** Adds to a WRONGTYPE of what type each key is, which the reply does not say. */
export async function namingKeys(
  failure: RedisFailure,
  keys: readonly string[],
  typeOf: (key: string) => Promise<unknown>,
): Promise<RedisFailure> {
  try {
    const types = await Promise.all(keys.map(typeOf))
    const known = keys.map((key, at) => `${key} is of type ${types[at]}`)
    return withDetail(failure, known.filter((_, at) => types[at] !== 'none').join(', '))
  } catch {
    return failure
  }
}
