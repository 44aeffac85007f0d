import assert from 'node:assert/strict'
import { type Check, ids, release, startMs, type Trial } from './trial.ts'

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
    name: 'a job of a queue with an odd name is released, buried, retried and cleared as any other',
    async run(trial) {
      for (const queue of oddNames) await walkThrough(trial, queue)
    },
  },
  {
    name: 'clearing a queue with an odd name clears that queue alone',
    async run(trial) {
      for (const queue of oddNames) await trial.push(queue, 2)
      for (const [index, queue] of oddNames.entries()) {
        if (index % 2 === 0) assert.equal(await trial.store.clear(queue), 2, `queue ${JSON.stringify(queue)}`)
      }
      for (const [index, queue] of oddNames.entries()) {
        const { ready } = await trial.store.size(queue, startMs)
        assert.equal(ready, index % 2 === 0 ? 0 : 2, `queue ${JSON.stringify(queue)}`)
      }
    },
  },
]

async function walkThrough(trial: Trial, queue: string): Promise<void> {
  const about = `queue ${JSON.stringify(queue)}`
  await trial.push(queue)
  await trial.settle(release(await trial.one(queue), 1_000))
  const entry = await trial.buried(queue, 2_000)
  const listed = await trial.store.failed.all({ queue })
  assert.deepEqual(ids(listed), [entry], about)
  assert.equal(listed[0]?.queue, queue, about)
  assert.deepEqual(await trial.store.failed.retry([entry], startMs + 3_000), [entry], about)
  const last = await trial.one(queue, 3_000)
  assert.equal(last.queue, queue, about)
  await trial.push(queue)
  assert.equal(await trial.store.clear(queue), 1, about)
  await trial.settle({ kind: 'delete', reservation: last }, 3_000)
}
