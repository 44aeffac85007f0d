import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Job } from '../../src/contract/job.ts'
import { processMemory } from '../../src/process/memory.ts'
import type { Work } from '../../src/sandbox/messages.ts'
import { type HostEvents, Sandbox } from '../../src/sandbox/sandbox.ts'
import { Visit } from '../../src/sandbox/visit.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { delivery } from '../jobs/job-standin.ts'

const copy = { id: '1', name: 'Job1', queue: 'default', attempts: 1, rawBody: '{}' }
const work: Work = { kind: 'run', task: 'Job1', data: 1, job: copy }

function sandboxed() {
  let events!: HostEvents
  const sandbox = new Sandbox((given) => {
    events = given
    return { send() {}, kill() {}, hold() {} }
  })
  return { sandbox, events }
}

/** A run that ends well; what is left of its job. */
async function visited(sandbox: Sandbox, events: HostEvents): Promise<WeakRef<Job>> {
  const job: Job = {
    ...delivery,
    signal: new AbortController().signal,
    once: async (_, fn) => Boolean(await fn()),
  }
  const visit = new Visit(sandbox, new FakeClock(), work, job)
  events.heard({ kind: 'call', call: 1, asked: { method: 'once', key: 'k', ifUnknown: undefined } })
  events.heard({ kind: 'effect-ended', call: 1, thrown: undefined })
  await turn()
  events.heard({ kind: 'ended', thrown: undefined, isWorn: false })
  await visit.done
  visit.leave()
  return new WeakRef(job)
}

/** A job that begins an effect; what became of it. */
function atEffect() {
  let ended: unknown
  const once: Job['once'] = async (_, fn) => {
    ended = await Promise.resolve(fn()).catch((error: unknown) => error)
    return true
  }
  return { job: { ...delivery, once }, effect: () => ended }
}

test('a sandbox that is used again keeps nothing of the jobs that it has run', async () => {
  const { sandbox, events } = sandboxed()
  const jobs = []
  for (let run = 0; run < 10; run++) jobs.push(await visited(sandbox, events))
  await turn()
  processMemory.collect()
  // What is the last to have run may be kept, until the next one is.
  expect(jobs.slice(0, -1).filter((job) => job.deref() !== undefined)).toEqual([])
})

test('an effect that the run did not wait for is one of which nobody knows', async () => {
  const { sandbox, events } = sandboxed()
  const { job, effect } = atEffect()
  const visit = new Visit(sandbox, new FakeClock(), work, job)
  events.heard({ kind: 'call', call: 1, asked: { method: 'once', key: 'k', ifUnknown: undefined } })
  events.heard({ kind: 'ended', thrown: undefined, isWorn: false })
  await visit.done
  visit.leave()
  await turn()
  expect(effect()).toMatchObject({ code: 'EFFECT_UNKNOWN' })
})

test('work in a sandbox that ends fails by how it ended, and so does the effect that it is at', async () => {
  const { sandbox, events } = sandboxed()
  const { job, effect } = atEffect()
  const visit = new Visit(sandbox, new FakeClock(), work, job)
  events.heard({ kind: 'call', call: 1, asked: { method: 'once', key: 'k', ifUnknown: undefined } })
  events.ended('had its process ended by SIGSEGV')
  await expect(visit.done).rejects.toThrow('the sandbox of the job had its process ended by SIGSEGV')
  await turn()
  expect(effect()).toMatchObject({ code: 'EFFECT_UNKNOWN', message: expect.stringContaining('SIGSEGV') })
})
