import type * as zod from 'zod'
import type { EventName, Listeners } from '../contract/events.ts'
import type { Infrastructure } from '../contract/infrastructure.ts'
import type { Middleware } from '../contract/job.ts'

export type Zod = typeof import('./zod.ts')

const eventNames: Readonly<Record<EventName, true>> = {
  'job:processing': true,
  'job:processed': true,
  'job:error': true,
  'job:failed': true,
  'job:lost': true,
  'job:warning': true,
  'worker:start': true,
  'worker:idle': true,
  'worker:pause': true,
  'worker:resume': true,
  'worker:stop': true,
  'store:down': true,
  'store:up': true,
  'store:warning': true,
  'infrastructure:down': true,
  'infrastructure:up': true,
}

/** What jobs depend on: one thing or several. */
export function infrastructure(z: Zod) {
  const isInfrastructure = (value: unknown) => {
    const { isLost, ping } = (value ?? {}) as Partial<Infrastructure>
    return typeof isLost === 'function' && (ping === undefined || typeof ping === 'function')
  }
  const one = z.custom<Infrastructure>(isInfrastructure, 'expected { isLost, ping } of functions')
  return z.union([one, z.array(one)])
}

/** Functions by the name of the event they are called at. */
export function listeners(z: Zod) {
  const listener = z.custom((value) => typeof value === 'function', 'expected a function').optional()
  const keys = Object.keys(eventNames).map((name) => [name, listener])
  return z.strictObject(Object.fromEntries(keys)) as unknown as zod.ZodType<Listeners, Listeners>
}

/** Functions around each run. */
export function middleware(z: Zod) {
  const one = z.custom<Middleware>(
    (value) => typeof value === 'function',
    'expected a function (job, next) => …',
  )
  return z.array(one)
}
