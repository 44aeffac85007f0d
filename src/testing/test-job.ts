import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { QueueError } from '../contract/errors.ts'
import type { Ms } from '../contract/time.ts'
import { defaultTask } from '../jobs/names.ts'
import { encodeData } from '../payload.ts'
import { pathOf } from './job-entry.ts'
import { JobReport, type JobTrial } from './job-report.ts'
import type { KillPoint } from './trial/kill-point.ts'
import { type Life, type LifeOptions, live } from './trial/life.ts'

export interface TestJobOptions {
  /** What the world looks like now, in values that `structuredClone` can copy: rows of a table, messages that were sent. */
  readonly effects: () => unknown
  /** Puts the world back to what it is before the job; called before each life of it, also the undisturbed one. */
  readonly reset?: () => unknown
  /** Which effects are right. Default: those that equal the effects of an undisturbed run. */
  readonly accepts?: (effects: unknown, expected: unknown) => boolean
  /** A method other than `fire`. */
  readonly task?: string
  /** Deliveries at most, the killed one included. Default: what the job says of itself, else 3. */
  readonly tries?: number
  /** Longest run of one process, its start included. Default 60 000. */
  readonly timeoutMs?: Ms
}

/**
 * Runs the job of one module, kills its process (SIGKILL) at each await of its code and wherever else its work may be done and not
 * known to be done, delivers it again, and reports whether the effects are those of an undisturbed run. Each delivery is a process of
 * its own; `job.once` keeps its notes from one to the next, `onceIn` in the transaction's own database. `failed()` is not called. Rejects
 * with what the undisturbed run throws, with what `effects` and `reset` throw, and with `QueueError`: `JOB` (no job, one that does not
 * settle itself, or bad `tries`), `TRIAL` (a process that did not end in time, or ended by itself), `TX_ELSEWHERE` (it calls `deleteIn`).
 */
export async function testJob(
  file: string | URL,
  data: unknown,
  { effects, reset, accepts = isDeepStrictEqual, ...given }: TestJobOptions,
): Promise<JobReport> {
  const options = lifeOptions(resolve(pathOf(file)), data, given)
  const seen = async () => structuredClone(await effects())
  await reset?.()
  const { reached, tries } = undisturbed(options.job.file, await live(options))
  const expected = await seen()
  const trials: JobTrial[] = []
  for (const point of reached) {
    await reset?.()
    const life = await live({ ...options, tries }, point)
    const actual = await seen()
    trials.push(trialOf(point, life, actual, life.wasKilled && accepts(actual, expected)))
  }
  const awaits = reached.filter(({ moment }) => moment === 'at the await').length
  return new JobReport({ file: options.job.file, awaits, expected, trials })
}

function lifeOptions(
  file: string,
  data: unknown,
  { task = defaultTask, tries, timeoutMs = 60_000 }: Pick<TestJobOptions, 'task' | 'tries' | 'timeoutMs'>,
): LifeOptions {
  if (tries === undefined || (Number.isSafeInteger(tries) && tries > 0))
    return { job: { file, task, data: encodeData(data) }, tries, timeoutMs }
  throw new QueueError('JOB', `testJob: tries must be a whole number of deliveries, at least 1, not ${tries}`)
}

/** Throws what it threw, or why its effects are no measure for others. */
function undisturbed(file: string, life: Life): Life {
  const { outcome, deliveries } = life
  if ('error' in life) throw life.error
  if (outcome === 'unsettled')
    throw new QueueError(
      'JOB',
      `${file}: it neither deleted nor released itself nor failed, so a worker would run it again, and its effects with it; call job.delete() at its end`,
    )
  if (outcome === 'released')
    throw new QueueError(
      'JOB',
      `${file}: it had released itself ${deliveries} times and was not done; let \`tries\` be the deliveries that it needs`,
    )
  return life
}

function trialOf(point: KillPoint, life: Life, effects: unknown, isOnce: boolean): JobTrial {
  const { place, moment: killed, round, attempt } = point
  const { reached: _, tries: __, ...end } = life
  return { place, killed, round, attempt, ...end, effects, isOnce }
}
