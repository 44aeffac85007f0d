import type { PullConnector, Settlement } from '../contract/connector.ts'
import type { Ms } from '../contract/time.ts'
import { state } from './layout.ts'
import type { SeenJob, SharedView } from './shared-view.ts'

/** What the watchdog says of a loop that is blocked. */
export interface Stall {
  /** The jobs whose code may be what blocks it, one if that is known. */
  readonly suspects: readonly SeenJob[]
  readonly blockedMs: Ms
}

interface WatchdogParts {
  readonly view: Pick<SharedView, 'beat' | 'inHand' | 'endsAt' | 'current' | 'jobs'>
  /** Monotonic, of the clock that threads share. */
  readonly now: () => Ms
  /** How often `look` is called, and the loop shows that it turns. */
  readonly beatMs: Ms
  /** Length of a lease; null: they never end. */
  readonly expireMs: Ms | null
  /** A store of its own, opened when it is first needed. */
  readonly store: () => Promise<Pick<PullConnector, 'touch' | 'settle'>>
  /** How long until a failed run is tried again; null: it was the last. */
  readonly retryDelayMs: (job: SeenJob) => Ms | null
  readonly blocked: (stall: Stall) => void
  readonly over: (stall: Stall) => void
  /** Something went wrong with the store. */
  readonly failed: (doing: string, error: unknown) => void
  /** The run outlived its time-out: ends the process. */
  readonly end: (stall: Stall, isSettled: boolean) => void
  /** It was told to end long ago: ends the process. */
  readonly overdue: (isSettled: boolean) => void
}

/** A loop that stood still for so long is worth a word. */
const worthSayingMs: Ms = 1_000

/** How much later than a run's time-out it is ended: the loop, if it turns, does it by itself. */
const slackMs: Ms = 250

/** The same where nobody knows which of several jobs it is. */
const doubtMs: Ms = 5_000

/** How long the store may take to hear of the end. */
const settleMs: Ms = 5_000

/** Looks after the jobs in hand while the loop is blocked: renews their leases, says so, and ends a run that takes too long. */
export class Watchdog {
  readonly #parts: WatchdogParts
  #lookedAt: Ms
  #said: { readonly beat: Ms; readonly stall: Stall } | undefined
  #renewedAt: Ms = -Infinity
  #isRenewing = false
  #isEnding = false

  constructor(parts: WatchdogParts) {
    this.#parts = parts
    this.#lookedAt = parts.now()
  }

  look(): void {
    const { view, now, beatMs } = this.#parts
    const at = now()
    const sinceLook = at - this.#lookedAt
    this.#lookedAt = at
    // The whole process was not running: the loop could not have turned either.
    if (sinceLook > 4 * beatMs + 100 || this.#isEnding) return
    const blockedMs = at - view.beat
    const isBlocked = view.inHand > 0 && blockedMs > 3 * beatMs
    if (this.#said !== undefined && this.#said.beat !== view.beat) this.#wentOn(this.#said, view.beat)
    if (at > view.endsAt) void this.#endLate(view.jobs())
    else if (isBlocked) this.#lookAfter(view.jobs(), at, blockedMs)
  }

  #lookAfter(jobs: readonly SeenJob[], at: Ms, blockedMs: Ms): void {
    const stall = { suspects: this.#suspects(jobs), blockedMs }
    if (blockedMs >= worthSayingMs && this.#said === undefined) {
      this.#said = { beat: this.#parts.view.beat, stall }
      this.#parts.blocked(stall)
    }
    if (stall.suspects.some((job) => isOver(job, at, stall))) void this.#end(jobs, at, stall)
    else this.#renew(jobs, at)
  }

  #wentOn({ beat, stall }: { readonly beat: Ms; readonly stall: Stall }, turnedAt: Ms): void {
    this.#said = undefined
    this.#parts.over({ ...stall, blockedMs: turnedAt - beat })
  }

  #suspects(jobs: readonly SeenJob[]): readonly SeenJob[] {
    const { current } = this.#parts.view
    const running = jobs.filter((job) => job.state === state.running)
    const known = running.filter(({ number }) => number === current)
    return known.length > 0 ? known : running
  }

  /** At a third of the lease, as the loop itself would, and again at a tenth when that failed. */
  #renew(jobs: readonly SeenJob[], at: Ms): void {
    const { expireMs } = this.#parts
    if (expireMs === null || this.#isRenewing) return
    const mine = jobs.filter((job) => job.state === state.held || job.state === state.running)
    const due = mine.some(({ leasedAt }) => Math.max(leasedAt, this.#renewedAt) + expireMs / 3 <= at)
    if (due) void this.#touch(mine, expireMs, at)
  }

  async #touch(jobs: readonly SeenJob[], expireMs: Ms, at: Ms): Promise<void> {
    this.#isRenewing = true
    try {
      const store = await this.#parts.store()
      await store.touch(
        jobs.map(({ reservation }) => reservation),
        expireMs,
      )
      this.#renewedAt = at
    } catch (error) {
      this.#renewedAt = at - expireMs * 0.23
      this.#parts.failed('renew the leases', error)
    } finally {
      this.#isRenewing = false
    }
  }

  async #end(jobs: readonly SeenJob[], at: Ms, stall: Stall): Promise<void> {
    this.#isEnding = true
    const guilty = stall.suspects.filter((job) => isOver(job, at, stall))
    const settlements = jobs.map((job) => this.#settlementOf(job, guilty))
    const isSettled = await this.#settle(settlements)
    this.#parts.end({ suspects: guilty, blockedMs: this.#parts.now() - this.#parts.view.beat }, isSettled)
  }

  async #endLate(jobs: readonly SeenJob[]): Promise<void> {
    this.#isEnding = true
    this.#parts.overdue(await this.#settle(jobs.map((job) => this.#settlementOf(job, []))))
  }

  async #settle(settlements: readonly Settlement[]): Promise<boolean> {
    if (settlements.length === 0) return true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${settleMs / 1_000} s`)), settleMs)
    })
    try {
      const settling = this.#parts.store().then((store) => store.settle(settlements))
      settling.catch(() => undefined)
      await Promise.race([settling, late])
      return true
    } catch (error) {
      this.#parts.failed('settle the jobs in hand', error)
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  #settlementOf(job: SeenJob, guilty: readonly SeenJob[]): Settlement {
    const { reservation, delayMs } = job
    if (job.state === state.deleted) return { kind: 'delete', reservation }
    if (job.state === state.buried)
      return { kind: 'bury', reservation, reason: 'it failed as its worker was killed' }
    if (job.state === state.released || job.state === state.releasedUnspent)
      return { kind: 'release', reservation, delayMs, spend: job.state === state.released }
    if (!guilty.includes(job)) return { kind: 'release', reservation, delayMs: 0, spend: false }
    const retryMs = this.#parts.retryDelayMs(job)
    if (retryMs !== null) return { kind: 'release', reservation, delayMs: retryMs, spend: true }
    return {
      kind: 'bury',
      reservation,
      reason: `JobTimeout: it blocked its process beyond its time-out of ${job.timeoutMs / 1_000} s`,
    }
  }
}

/** Whether it has had its time; one among several suspects only when the loop has stood still for long. */
function isOver({ startedAt, timeoutMs }: SeenJob, at: Ms, { suspects, blockedMs }: Stall): boolean {
  if (timeoutMs <= 0 || at < startedAt + timeoutMs + slackMs) return false
  return suspects.length === 1 || blockedMs >= doubtMs
}
