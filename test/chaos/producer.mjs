// Run in a project as `node producer.mjs`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createQueue, PushOutcomeUnknown } from 'thinkq'

const { CHAOS_CONFIG, CHAOS_PUSHING } = process.env
const { pushing } = await import(CHAOS_PUSHING)
const queue = createQueue(JSON.parse(CHAOS_CONFIG))

const nameOf = ({ way }) => (way === 'doomed' ? 'Doomed' : 'Chaos')

/** Ends when the store has them: what may have been stored is repeated by the means that the error gives. */
async function stored(push) {
  for (let attempt = push; ; await sleep(100)) {
    try {
      return await attempt()
    } catch (error) {
      if (error instanceof PushOutcomeUnknown) attempt = error.retry
      else if (error.transient !== true) throw error
    }
  }
}

await pushing({
  push: (data) => stored(() => queue.push(nameOf(data), data, 'chaos')),
  later: (seconds, data) => stored(() => queue.later(seconds, nameOf(data), data, 'chaos')),
  bulk: (many) => stored(() => queue.bulk(many.map((data) => ({ job: nameOf(data), data, queue: 'chaos' })))),
})
