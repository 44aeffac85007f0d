import { type RedisFailure, withDetail } from './errors.ts'

/** What our keys are by design, by how their names begin or end; what is not here is a list. */
const designs: readonly (readonly [name: RegExp, type: string])[] = [
  [/thinkq:(pushes|paused|cache|taken):/, 'string'],
  [/thinkq:failed:/, 'hash'],
  [/thinkq:queues$/, 'set'],
  [/:(delayed|reserved|failed|tokens)$/, 'zset'],
]

/** Adds to a WRONGTYPE which keys are of another type than they should be, which the reply does not say. */
export async function namingKeys(
  failure: RedisFailure,
  keys: readonly string[],
  typeOf: (key: string) => Promise<unknown>,
): Promise<RedisFailure> {
  try {
    const types = await Promise.all(keys.map(typeOf))
    const wrong = keys.flatMap((key, at) => {
      const meant = designOf(key)
      return types[at] === 'none' || types[at] === meant
        ? []
        : [`${key} is of type ${types[at]}, not ${meant}`]
    })
    return withDetail(failure, wrong.join(', '))
  } catch {
    return failure
  }
}

function designOf(key: string): string {
  return designs.find(([name]) => name.test(key))?.[1] ?? 'list'
}
