import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import { thrownOf } from '../../sandbox/thrown-copy.ts'
import type { KillPoint } from './kill-point.ts'
import { Logbook } from './logbook.ts'
import type { TrialNews, TrialOrder } from './order.ts'
import { runTrial, type TrialEnd } from './trial-process.ts'

export interface LifeOptions {
  readonly job: Pick<TrialOrder, 'file' | 'task' | 'data'>
  /** Deliveries at most; undefined: as the job says of itself. */
  readonly tries: number | undefined
  readonly timeoutMs: Ms
}

/** What came of a job, from its first delivery to its last. */
export interface Life {
  /** Of the last delivery; `unsettled` also when it threw, or was killed. */
  readonly outcome: Outcome
  readonly deliveries: number
  /** What the last delivery threw. */
  readonly error?: unknown
  /** The moments that its deliveries came to, but for one that was killed. */
  readonly reached: readonly KillPoint[]
  readonly wasKilled: boolean
  /** Deliveries that were allowed. */
  readonly tries: number
}

type Ended = TrialNews & { readonly kind: 'ended' }

const usualTries = 3

/**
 * Lets a job be delivered until it is deleted or failed or its tries are used up, each time to a process of its own, one of which kills
 * itself at `target`. Rejects with `QueueError` `TRIAL` when a process does not end in time or ends otherwise, with what nobody caught in
 * it, and with what the job asked for that cannot be tried.
 */
export async function live(options: LifeOptions, target?: KillPoint): Promise<Life> {
  const folder = await mkdtemp(join(tmpdir(), 'thinkq-trial-'))
  try {
    return await new Deliveries(folder, options, target).all()
  } finally {
    await rm(folder, { recursive: true })
  }
}

class Deliveries {
  readonly #life = `test:${randomBytes(6).toString('base64url')}`
  readonly #options: LifeOptions
  readonly #target: KillPoint | undefined
  readonly #order: string
  readonly #logbookFile: string
  readonly #logbook: Logbook
  readonly #reached: KillPoint[] = []
  #tries: number | undefined
  #error: unknown

  constructor(folder: string, options: LifeOptions, target: KillPoint | undefined) {
    this.#options = options
    this.#target = target
    this.#tries = options.tries
    this.#order = join(folder, 'order.json')
    this.#logbookFile = join(folder, 'logbook')
    this.#logbook = new Logbook(this.#logbookFile)
  }

  async all(): Promise<Life> {
    for (let attempt = 1; ; attempt++) {
      await this.#deliver(attempt)
      const outcome = this.#logbook.outcomeOf(attempt)
      if (!this.#isOver(outcome) && attempt < this.#mostTries) continue
      const wasKilled = this.#target !== undefined && this.#logbook.wasKilled(this.#target.attempt)
      const error = this.#error === undefined ? {} : { error: this.#error }
      return {
        outcome,
        deliveries: attempt,
        ...error,
        reached: this.#reached,
        wasKilled,
        tries: this.#mostTries,
      }
    }
  }

  get #mostTries(): number {
    return this.#tries ?? usualTries
  }

  /** An undisturbed job is delivered again only where it wants to be. */
  #isOver(outcome: Outcome): boolean {
    const isSettled = outcome === 'deleted' || outcome === 'failed'
    return isSettled || (this.#target === undefined && outcome === 'unsettled')
  }

  async #deliver(attempt: number): Promise<void> {
    const { job, timeoutMs } = this.#options
    const target = this.#target?.attempt === attempt ? this.#target : undefined
    const order: TrialOrder = { ...job, attempt, life: this.#life, logbook: this.#logbookFile, target }
    await writeFile(this.#order, JSON.stringify(order))
    const end = await runTrial(this.#order, timeoutMs)
    this.#error = undefined
    if (!this.#logbook.wasKilled(attempt)) this.#hear(this.#endedOf(end, attempt), end)
  }

  #hear({ reached, thrown, refused, tries }: Ended, { output }: TrialEnd): void {
    if (refused !== undefined) throw thrownOf(refused)
    this.#tries ??= tries || undefined
    this.#reached.push(...reached)
    if (thrown !== undefined) this.#error = withOutput(thrownOf(thrown), output)
  }

  #endedOf({ news, how, isLate, output }: TrialEnd, attempt: number): Ended {
    if (news?.kind === 'ended' && !isLate) return news
    if (news?.kind === 'crashed') throw withOutput(thrownOf(news.thrown), output)
    const { job, timeoutMs } = this.#options
    const what = isLate ? `had not ended after ${timeoutMs / 1000} s, and was killed` : `ended ${how}`
    const printed = output === '' ? '' : `; it printed:\n${output}`
    throw new QueueError(
      'TRIAL',
      `${job.file}: the process of delivery ${attempt}${this.#afterKill()} ${what}${printed}`,
    )
  }

  #afterKill(): string {
    if (this.#target === undefined) return ''
    const { moment, place } = this.#target
    return ` (of a trial that is to be killed ${moment} ${place})`
  }
}

/** What its process printed is seen wherever the stack is. */
function withOutput(thrown: unknown, output: string): unknown {
  if (thrown instanceof Error && output !== '') thrown.stack += `\nIts process printed:\n${output}`
  return thrown
}
