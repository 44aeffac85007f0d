import assert from 'node:assert/strict'
import type { Reservation, Settlement } from '../../contract/connector.ts'
import {
  bury,
  type Check,
  dayMs,
  giveBack,
  ids,
  leaseMs,
  release,
  remove,
  startMs,
  type Trial,
} from './trial.ts'

/** A delivery that lost its lease, and the delivery that has the job now. */
interface Lost {
  readonly stale: Reservation
  readonly current: Reservation
  /** When the stale one wakes up; `current` still holds its lease then. */
  readonly atMs: number
}

/** Each way to lose a lease to another worker, in order of the sentence `after …`. */
const ways: Readonly<Record<string, (trial: Trial) => Promise<Lost>>> = {
  'its lease ended and another worker reserved the job': async (trial) => {
    const stale = await taken(trial)
    return { stale, current: await trial.one('mail', leaseMs), atMs: leaseMs + 1_000 }
  },
  'its lease ended at the same time as others and all were reserved again': async (trial) => {
    await trial.push('mail', 3)
    const [stale] = await trial.drain('mail')
    const again = await trial.drain('mail', leaseMs)
    const current = again.find((each) => each.id === stale!.id)
    await trial.settle(again.filter((each) => each !== current).map(remove), leaseMs)
    return { stale: stale!, current: current!, atMs: leaseMs + 1_000 }
  },
  'an unspent release': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(giveBack(stale))
    return { stale, current: await trial.one('mail', 1_000), atMs: 2_000 }
  },
  'two unspent releases': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(giveBack(stale))
    await trial.settle(giveBack(await trial.one('mail', 1_000)), 1_000)
    return { stale, current: await trial.one('mail', 3_000), atMs: 4_000 }
  },
  'a release': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(release(stale))
    return { stale, current: await trial.one('mail', 1_000), atMs: 2_000 }
  },
  'the job was buried, retried and reserved again': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(bury(stale))
    return { stale, current: await retried(trial, 0), atMs: 1_000 }
  },
  'the next worker buried the job and it was retried': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(bury(await trial.one('mail', leaseMs)), leaseMs)
    return { stale, current: await retried(trial, leaseMs), atMs: leaseMs + 1_000 }
  },
  'another connection renewed the lease of the next worker': async (trial) => {
    const stale = await taken(trial)
    const current = await trial.one('mail', leaseMs)
    const other = await trial.other()
    assert.deepEqual(await other.touch([current], leaseMs, startMs + leaseMs + 1_000), [])
    return { stale, current, atMs: leaseMs + 2_000 }
  },
  'its job was deleted and another was pushed in its place': async (trial) => {
    const stale = await taken(trial)
    await trial.settle(remove(stale))
    return { stale, current: await taken(trial), atMs: 0 }
  },
}

const acts: Readonly<Record<string, (reservation: Reservation) => Settlement>> = {
  delete: remove,
  release,
  'release unspent': giveBack,
  bury,
}

export const fencingChecks: readonly Check[] = Object.entries(ways).flatMap(([way, lose]) => [
  ...Object.entries(acts).map(([act, settlement]) => ({
    name: `a worker can not ${act} after ${way}`,
    run: async (trial: Trial) => {
      const lost = await lose(trial)
      await trial.refused(settlement(lost.stale), lost.atMs, `the lease was lost after ${way}`)
      await assertUnharmed(trial, lost)
    },
  })),
  {
    name: `a worker can not renew after ${way}`,
    run: async (trial: Trial) => {
      const lost = await lose(trial)
      const refused = await trial.touch([lost.stale], lost.atMs)
      assert.deepEqual(refused, [lost.stale.receipt], `the renewal should have been refused after ${way}`)
      await assertUnharmed(trial, lost)
    },
  },
])

async function taken(trial: Trial): Promise<Reservation> {
  await trial.push('mail')
  return trial.one('mail')
}

async function retried(trial: Trial, atMs: number): Promise<Reservation> {
  const moved = await trial.store.failed.retry(ids(await trial.store.failed.all()), startMs + atMs)
  assert.equal(moved.length, 1, 'the buried job can be retried')
  return trial.one('mail', atMs)
}

/** The job is still reserved by the one who has it, there is no second copy, and it can be deleted for good. */
async function assertUnharmed(trial: Trial, { current, stale, atMs }: Lost): Promise<void> {
  assert.notEqual(current.receipt, stale.receipt, 'the new delivery needs a receipt of its own')
  await trial.nothing('mail', atMs, 'the stale worker set the job of the next one free, or made a copy')
  assert.deepEqual(await trial.store.failed.all(), [], 'the stale worker buried a job it did not hold')
  const size = await trial.store.size('mail', startMs + atMs)
  assert.equal(size.reserved, 1, 'the job must still be reserved by its holder')
  await trial.settle(remove(current), atMs)
  await trial.nothing('mail', dayMs, 'the holder deleted the job: a copy was left')
}
