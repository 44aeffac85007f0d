import { expect, it } from 'vitest'
import { withPool } from '../../src/config/pools.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { workerOptions } from '../../src/config/units.ts'

const resolved = (worker: object, env = {}) =>
  resolveConfig({ connector: 'memory', worker }, { file: null, root: '/', env })

it('a pool’s settings beat those of every worker, and a flag beats both', async () => {
  const pools = { notices: { queues: ['a', 'b'], max: 3, timeout: 9, sleep: 9 } }
  const config = await resolved({ pools, timeout: 1, tries: 4, sleep: 1 }, { QUEUE_WORKER_PROCESSES: '5' })
  expect(config.processes).toMatchObject({ total: 5, every: 3, cooldown: 15 })
  expect(config.processes.pools.notices).toMatchObject({ queues: ['a', 'b'], min: 1, max: 3 })
  const made = withPool(config, 'notices')
  const options = workerOptions(made, made.connections[made.connection]!, { sleep: 2 })
  expect([options.timeoutMs, options.tries, options.sleepMs]).toEqual([9_000, 4, 2_000])
})

it('what says nothing of processes is one worker', async () => {
  expect((await resolved({})).processes).toMatchObject({ total: undefined, pools: {} })
})

it.each([
  [{ pools: { a: { queues: [] } } }, 'worker.pools.a.queues is a list; expected something'],
  [{ pools: { a: {} } }, 'worker.pools.a.queues is undefined; expected a list'],
  [{ pools: { a: { queues: ['a'], min: 0 } } }, 'worker.pools.a.min is 0; expected at least 1'],
  [
    { pools: { a: { queues: ['a'], min: 2, max: 1 } } },
    'worker.pools.a.max is 1; expected at least its min of 2',
  ],
  [{ pools: { 'a/b': { queues: ['a'] } } }, 'worker.pools has a pool named "a/b"; expected letters, digits'],
  [{ processes: 1_001 }, 'worker.processes is 1001; expected at most 1000'],
  [{ balance: { evry: 1 } }, 'worker.balance.evry is an unknown key (did you mean "every"?)'],
])('%j is refused with its key and what was meant', async (worker, message) => {
  await expect(resolved(worker)).rejects.toThrow(message)
})
