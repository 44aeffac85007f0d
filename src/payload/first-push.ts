import type { Ms } from '../contract/time.ts'
import { jobIdTime } from './id.ts'

interface Delivered {
  readonly id: string
  readonly attempts: number
  readonly body: string
}

/** Our extra key with a count of deliveries that spent no attempt, where we write it: before id and attempts, the last keys. */
const givenBack = /"thinkq":\{[^{}]*"n":\d[^{}]*\},"id":"[^"]*","attempts":1\}$/

/** When a job that is delivered for the first time was pushed, ms since the epoch; null: it was delivered before, or nobody knows. */
export function firstPushedAt({ id, attempts, body }: Delivered): Ms | null {
  if (attempts !== 1) return null
  const at = jobIdTime(id)
  return at === null || givenBack.test(body) ? null : at
}
