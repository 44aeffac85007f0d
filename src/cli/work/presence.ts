import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import { ConfigError, QueueError } from '../../contract/errors.ts'
import type { Roster } from '../../contract/roster.ts'
import type { Ms } from '../../contract/time.ts'
import { isAlive } from '../../process/alive.ts'
import type { Log } from '../../process/log.ts'
import { processMemory } from '../../process/memory.ts'
import { listedAlone } from '../../roster/alone.ts'
import { Attendance } from '../../roster/attendance.ts'
import type { WorkerIdentity } from '../../roster/card.ts'
import { companyOf, listed, strangeIn } from '../../roster/company.ts'
import { oneLine } from '../output.ts'
import { redact } from '../secrets.ts'
import { patiently } from './closing.ts'
import { fellowsText, refusalText, strangerText } from './company-texts.ts'
import { type JobDoings, nothingDone } from './doings.ts'
import type { WorkCommandFlags } from './flags.ts'
import { identityOf } from './identity.ts'

interface PresenceParts {
  readonly context: Context
  readonly options: Pick<WorkerOptions, 'queues' | 'concurrency'>
  readonly typed: WorkCommandFlags
  readonly log: Log
  readonly command: 'work' | 'listen'
}

/** How many strangers are named. */
const strangersNamed = 5
const retryMs: Ms = 1_000

/** This worker among those of its store: it is listed there while it lives, and says whom it finds. */
export class Presence {
  readonly #parts: PresenceParts
  readonly #me: WorkerIdentity
  readonly #roster: Roster | undefined
  readonly #attendance: Attendance | undefined
  #doings: () => JobDoings = () => nothingDone

  constructor(parts: PresenceParts) {
    const { context, options, typed, command } = parts
    const { clock } = context
    const store = context.pull()
    this.#parts = parts
    this.#me = identityOf(context.config, options, typed, command)
    this.#roster = store.roster
    const since = clock.monotonic()
    const card = () => {
      const upMs = clock.monotonic() - since
      return { ...this.#me, ...this.#doings(), hasLeft: false, upMs, memoryBytes: processMemory.used() }
    }
    this.#attendance = this.#roster && new Attendance({ roster: this.#roster, clock, card })
  }

  /** Is listed, or rejects when somebody else takes jobs from one of these queues. Of several that start at once, one may. */
  async beAlone(): Promise<void> {
    const { context } = this.#parts
    const [roster, attendance] = [this.#roster, this.#attendance]
    if (roster === undefined || attendance === undefined) throw new ConfigError(cannotTell)
    const { cache } = context.pull()
    const say = () => attendance.say()
    const others = await listedAlone({ me: this.#me, roster, cache, clock: context.clock, isAlive, say })
    if (others.length > 0) throw new NotAlone(refusalText(this.#me, others))
  }

  /** The same for who cannot wait for the store elsewhere. */
  async beAloneAtLast(): Promise<void> {
    const { context, log } = this.#parts
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await this.beAlone()
      } catch (error) {
        if (!context.connector.isTransient(error)) throw error
        if (isFirst) log.warn(redact(oneLine(`${(error as Error).message}; trying again`)))
        await new Promise<void>((resolve) => context.clock.after(retryMs, resolve))
      }
    }
  }

  /** Is listed from then on, with what it does. */
  begin(doings: () => JobDoings): void {
    this.#doings = doings
    this.#attendance?.begin()
  }

  /** Says anew what it does. */
  sayNow(): void {
    this.#attendance?.sayNow()
  }

  /** Says who else takes jobs from these queues; a store that does not answer tells nothing. */
  async sayWhoElse(): Promise<void> {
    if (this.#roster === undefined) return
    const { log } = this.#parts
    const cards = await listed(this.#roster).catch(() => [])
    const others = companyOf(this.#me, cards, isAlive)
    const strangers = others.filter((card) => strangeIn(this.#me, card).length > 0)
    for (const card of strangers.slice(0, strangersNamed)) {
      const { name, host, pid, folder, release, environment } = card
      const other = { name, host, pid, folder, release, environment }
      log.warn({ other }, redact(strangerText(this.#me, card)))
    }
    const more = strangers.length - strangersNamed
    if (more > 0) log.warn(`and ${more} more: queue workers shows them all`)
    const fellows = others.length - strangers.length
    if (fellows > 0) log.info({ workers: fellows }, fellowsText(fellows))
  }

  /** Is listed no longer. */
  end(): Promise<void> {
    return patiently(this.#attendance?.end())
  }
}

const cannotTell =
  '--exclusive: this connector keeps no list of its workers, so nobody can tell whether this one is alone'

/** Another worker is there: the same start may succeed later. */
class NotAlone extends QueueError {
  constructor(message: string) {
    super('NOT_ALONE', message)
    this.name = 'NotAlone'
  }
}
