import assert from 'node:assert/strict'
import type { Reservation } from '../../contract/connector.ts'
import { bury, type Check, dayMs, ids, release, remove, sorted, startMs, type Trial } from './trial.ts'

/** Names that a store may take for a pattern, a path, a key or a statement. No two differ only in case, accents or trailing space. */
const oddNames: readonly string[] = [
  'plain',
  'plain:more',
  'plain.more',
  'plain/more',
  '../plain',
  'plain more',
  ' plain',
  'pl_in',
  'pl%in',
  'plai?',
  'plai*',
  'plai[n]',
  'plai{n}',
  "plain'",
  'plain"',
  'plain`',
  'plain\\',
  "plain'; DROP TABLE jobs; --",
  '$(plain)',
  '$' + '{plain}',
  '#plain',
  '-plain',
  '0',
  '队列',
  'очередь',
  '__proto__',
  'constructor',
  'x'.repeat(255),
  `${'x'.repeat(254)}y`,
  '队'.repeat(85),
]

/** Names that `push` of the public API refuses; a connector that meets one all the same may do so too. */
const badNames: readonly string[] = [
  '',
  'mail\n',
  'mail\0',
  'mail\0more',
  'mail,sms',
  'mail:delayed',
  'mail:reserved',
  'mail:failed',
  'mail'.repeat(2_560),
]

export const oddQueueChecks: readonly Check[] = [
  {
    name: 'queues with odd names do not touch each other',
    async run(trial) {
      const pushed = new Map<string, string>()
      for (const queue of oddNames) pushed.set(queue, (await trial.push(queue))[0]!)
      for (const queue of oddNames) {
        const { ready } = await trial.store.size(queue, startMs)
        assert.equal(ready, 1, `queue ${JSON.stringify(queue)} should hold one job`)
        const taken = await trial.drain(queue)
        assert.deepEqual(ids(taken), [pushed.get(queue)], `queue ${JSON.stringify(queue)}`)
        assert.equal(taken[0]?.queue, queue, 'a delivery must carry the name as it was pushed')
      }
    },
  },
  {
    name: 'jobs of queues with odd names are released, buried, retried and deleted as any other',
    async run(trial) {
      const batch = oddNames.map((name) => trial.envelope(name))
      await trial.store.push(batch, startMs)
      await trial.settle((await oneOfEach(trial, 0)).map((each) => release(each)))
      await trial.settle(
        (await oneOfEach(trial, 2_000)).map((each) => bury(each)),
        2_000,
      )
      const entries: string[] = []
      for (const queue of oddNames) {
        const listed = await trial.store.failed.all({ queue })
        assert.deepEqual(
          listed.map((each) => each.queue),
          [queue],
          'the failed jobs of one queue, under its own name',
        )
        entries.push(listed[0]!.id)
      }
      const moved = await trial.store.failed.retry(entries, startMs + 3_000)
      assert.deepEqual(sorted(moved), sorted(entries))
      await trial.settle((await oneOfEach(trial, 3_000)).map(remove), 3_000)
      assert.deepEqual(await trial.drain(oddNames, dayMs), [], 'all were deleted')
    },
  },
  {
    name: 'clearing a queue with an odd name clears that queue alone',
    async run(trial) {
      const batch = [...oddNames, ...oddNames].map((name) => trial.envelope(name))
      await trial.store.push(batch, startMs)
      for (const [index, queue] of oddNames.entries()) {
        if (index % 2 === 0) assert.equal(await trial.store.clear(queue), 2, `queue ${JSON.stringify(queue)}`)
      }
      for (const [index, queue] of oddNames.entries()) {
        const { ready } = await trial.store.size(queue, startMs)
        assert.equal(ready, index % 2 === 0 ? 0 : 2, `queue ${JSON.stringify(queue)}`)
      }
    },
  },
  ...badNames.map((queue) => ({
    name: `the name ${JSON.stringify(queue.slice(0, 20))} (${queue.length} characters) is refused at push, or is a queue of its own`,
    run: async (trial: Trial) => {
      const [id] = await trial.push('mail')
      await trial.later('mail', 60_000)
      const own = await trial.push(queue).catch(() => [])
      const { ready, delayed, reserved, failed } = await trial.store.size('mail', startMs)
      assert.deepEqual([ready, delayed, reserved, failed], [1, 1, 0, 0], 'it touched the queue mail')
      assert.deepEqual(ids(await trial.drain('mail')), [id], 'it touched the queue mail')
      if (own.length > 0)
        assert.deepEqual(ids(await trial.drain(queue)), own, 'the job was accepted and lost')
    },
  })),
]

/** One job of each queue, in the order of the names. */
async function oneOfEach(trial: Trial, atMs: number): Promise<readonly Reservation[]> {
  const taken = await trial.drain(oddNames, atMs, 100)
  const queues = taken.map((each) => each.queue)
  assert.deepEqual(queues, oddNames, 'each queue should deliver its one job under its own name')
  return taken
}
