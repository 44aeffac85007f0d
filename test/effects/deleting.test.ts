import { expect, test } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { deferred, Rig } from '../worker/rig.ts'

/** A worker whose job deletes itself in a transaction that the test commits, on a store that has carried it out already. */
function deletingWorker(after: (job: Job) => Promise<void>) {
  let commit = () => {}
  const wrap = (connector: PullConnector): PullConnector =>
    Object.assign(connector, {
      async deleteIn(...[, reservation, committed]: Parameters<NonNullable<PullConnector['deleteIn']>>) {
        const refused = await connector.settle([{ kind: 'delete', reservation }])
        commit = committed
        return refused.length === 0
      },
    })
  const J = defineJob(async (_: unknown, job) => {
    await job.deleteIn('a transaction')
    await after(job)
  })
  return { rig: new Rig({ J }, { wrap, timeoutMs: 0, tries: 3 }), commit: () => commit() }
}

test('a renewal that is refused because the job is being deleted is no lost lease', async () => {
  const committing = deferred()
  const { rig, commit } = deletingWorker(() => committing.promise)
  await rig.push('J')
  void rig.start()
  await rig.advance(30_000)
  expect(rig.faulty.calls('touch')).toBeGreaterThan(0)
  commit()
  committing.resolve()
  await rig.advance(10)
  expect(rig.all('job:lost')).toEqual([])
  expect(rig.all('job:processed')).toMatchObject([{ outcome: 'deleted' }])
})

test('when nobody knows whether the deletion was committed, a refused release is taken for done', async () => {
  const { rig } = deletingWorker(async () => {
    throw new Error('the connection was lost at COMMIT')
  })
  await rig.push('J')
  void rig.start()
  await rig.advance(10)
  expect(rig.all('job:error')).toHaveLength(1)
  expect(rig.all('job:lost')).toEqual([])
  expect(await rig.counts()).toEqual([0, 0, 0, 0])
})

test('what was decided before the commit was confirmed stands', async () => {
  const { rig, commit } = deletingWorker(async (job) => {
    void job.release()
    commit()
  })
  await rig.push('J')
  void rig.start()
  await rig.advance(10)
  expect(rig.all('job:processed')).toMatchObject([{ outcome: 'released' }])
  expect(await rig.counts()).toEqual([0, 0, 0, 0])
})

/** The same for a class, whose transaction tells nobody of its commit. */
function deletingClass(commits: boolean) {
  const wrap = (connector: PullConnector): PullConnector =>
    Object.assign(connector, {
      async deleteIn(...[, reservation]: Parameters<NonNullable<PullConnector['deleteIn']>>) {
        if (commits) await connector.settle([{ kind: 'delete', reservation }])
        return true
      },
    })
  class J {
    async fire(job: Job) {
      await job.deleteIn('a transaction')
    }
  }
  return new Rig({ J }, { wrap, tries: 3 })
}

test('a job of a class whose transaction tells nobody of its commit is known to be deleted', async () => {
  const rig = deletingClass(true)
  await rig.push('J')
  void rig.start()
  await rig.advance(10)
  expect(rig.all('job:processed')).toMatchObject([{ outcome: 'deleted' }])
  expect(rig.all('job:warning')).toEqual([])
})

test('and one whose transaction was rolled back unheard stays, and runs again', async () => {
  const rig = deletingClass(false)
  await rig.push('J')
  void rig.start()
  await rig.advance(10)
  expect(rig.all('job:processed')).toMatchObject([{ outcome: 'unsettled' }])
  expect(await rig.counts()).toEqual([0, 0, 1, 0])
  await rig.advance(61_000)
  expect(rig.all('job:processed').map(({ attempts }) => attempts)).toEqual([1, 2])
})
