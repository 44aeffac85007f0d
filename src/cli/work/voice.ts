import type { Context } from '../../compose.ts'
import type { StopReason } from '../../contract/events.ts'
import { stopReasons } from '../../contract/events.ts'
import { systemClock } from '../../process/clock.ts'
import { createLog, type Log } from '../../process/log.ts'
import { oneLine, type Style, stamp, styleOf, wantsColors } from '../output.ts'
import { redact } from '../secrets.ts'
import { logBanner, type Start, showBanner } from './banner.ts'
import type { WorkCommandFlags } from './flags.ts'
import { showJobLines } from './job-lines.ts'
import { recordJobs } from './job-records.ts'
import { logSteering, logTroubles } from './troubles.ts'
import type { VoiceData } from './watchdog-voice.ts'
import { workerName } from './worker-name.ts'

/** How a worker speaks: Laravel's lines on a terminal, JSON lines elsewhere. */
export class Voice {
  readonly log: Log
  /** How the log looks, for a thread that makes the same. */
  readonly look: VoiceData
  readonly #terminal: boolean
  readonly #style: Style
  readonly #quiet: boolean
  readonly #verbose: boolean

  constructor({ json, quiet, verbose, color, name }: WorkCommandFlags) {
    const colors = wantsColors(color)
    this.#terminal = process.stdout.isTTY === true && !json
    this.#style = styleOf(colors)
    this.#quiet = quiet ?? false
    this.#verbose = verbose ?? false
    this.look = {
      style: this.#terminal ? 'terminal' : 'json',
      colors,
      level: this.#quiet ? 'warn' : this.#verbose ? 'debug' : 'info',
      fields: { worker: workerName(name) },
    }
    this.log = createLog({
      ...this.look,
      time: () => `  ${this.#style.grey(stamp(new Date(systemClock.wall())))}`,
    })
  }

  /** Says what this worker is and what is wrong with its jobs. */
  introduce(start: Start): void {
    if (this.#terminal && !this.#quiet) showBanner(this.#style, start)
    else if (!this.#terminal) logBanner(this.log, start)
    for (const notice of start.context.config.notices) this.log.warn(this.#noted(notice))
    this.complain(start.faults)
  }

  /** Says what is wrong with the jobs folder. */
  complain(faults: Start['faults']): void {
    for (const { files, message } of faults) this.log.error({ files }, safe(message))
  }

  /** From then on, says what happens. */
  listen({ emitter, clock }: Context): void {
    const options = { quiet: this.#quiet, verbose: this.#verbose }
    if (this.#terminal) {
      showJobLines(emitter, {
        ...options,
        style: this.#style,
        write: (line) => process.stdout.write(line),
        width: () => process.stdout.columns ?? 80,
        now: () => new Date(clock.wall()),
      })
    } else recordJobs(emitter, this.log, options)
    logTroubles(emitter, this.log, clock)
    if (!this.#quiet) logSteering(emitter, this.log)
  }

  listenerFailed(error: unknown, name: string): void {
    const text = error instanceof Error ? error.message : String(error)
    this.log.error(safe(`a listener of ${name} failed: ${text}`))
  }

  /** The last line. */
  finish(reason: StopReason, text: string): void {
    if (stopReasons[reason] === 0) this.log.info({ reason }, text)
    else this.log.error({ reason }, text)
  }

  #noted(notice: string): string {
    return this.#terminal ? this.#style.yellow(safe(notice)) : safe(notice)
  }
}

function safe(text: string): string {
  return oneLine(redact(text))
}
