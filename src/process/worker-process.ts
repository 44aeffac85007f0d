import type { Reservation } from '../contract/connector.ts'
import type { StopReason } from '../contract/events.ts'
import type { WorkerReport } from '../contract/report.ts'
import type { Ms } from '../contract/time.ts'
import { lastWordsOf, startOwn } from './own-process.ts'
import type { WorkerNews, WorkerOrder } from './worker-link.ts'

export interface WorkerProcessOptions {
  /** The script to run by this very node, absolute, and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  readonly heard: (news: WorkerNews) => void
}

/** How a worker process ended. */
export interface WorkerEnd {
  /** 1 where a signal ended it. */
  readonly code: number
  readonly signal: NodeJS.Signals | null
  /** Why it ended, where it could say so. */
  readonly reason: StopReason | undefined
  readonly livedMs: Ms
  /** What it had said to be under way, and had not taken back. */
  readonly held: readonly Reservation[]
  /** What it last said of how it fared. */
  readonly report: WorkerReport | undefined
}

/**
 * One worker in a process of its own. Its output is ours; orders reach it over its channel, since a signal may come twice (Ctrl+C and
 * systemd signal parents and children alike), so it has a process group of its own.
 */
export class WorkerProcess {
  /** True once it takes jobs, false when it ended before. */
  readonly ready: Promise<boolean>
  /** Resolves when the process has ended and all it said was heard; never rejects. */
  readonly ended: Promise<WorkerEnd>
  readonly #process
  readonly #held = new Map<string, Reservation>()
  readonly #heard: (news: WorkerNews) => void
  #reason: StopReason | undefined
  #report: WorkerReport | undefined
  #reporting: Promise<void> | undefined
  #reported: () => void = () => undefined
  #becomeReady: (isReady: boolean) => void = () => undefined
  #deadline: NodeJS.Timeout | undefined

  constructor({ script, args, heard }: WorkerProcessOptions) {
    const bornAt = performance.now()
    this.#heard = heard
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve
    })
    this.#process = startOwn(script, args)
    this.#process.on('message', (news: WorkerNews) => this.#hear(news))
    this.ended = lastWordsOf(this.#process).then(({ code, signal }) => {
      clearTimeout(this.#deadline)
      this.#becomeReady(false)
      const held = [...this.#held.values()]
      const [reason, report] = [this.#reason, this.#report]
      return { code: code ?? 1, signal, reason, livedMs: performance.now() - bornAt, held, report }
    })
  }

  tell(order: WorkerOrder): void {
    if (this.#process.connected) this.#process.send(order, () => undefined)
  }

  /** How it fares, or what it last said of that if it does not answer in time; undefined: it never said anything. */
  async report(withinMs: Ms): Promise<WorkerReport | undefined> {
    this.#reporting ??= new Promise<void>((resolve) => {
      const late = setTimeout(resolve, withinMs)
      this.#reported = () => {
        clearTimeout(late)
        resolve()
      }
      this.tell('report')
    }).finally(() => {
      this.#reporting = undefined
    })
    await this.#reporting
    return this.#report
  }

  /** Gives such an order to end; kills it when it has not ended within that time. */
  end(order: 'stop' | 'stop now', withinMs: Ms): void {
    this.tell(order)
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.kill(), Math.min(withinMs, 2 ** 31 - 1)).unref()
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #hear(news: WorkerNews): void {
    if (news.kind === 'ready') this.#becomeReady(true)
    else if (news.kind === 'stopped') this.#reason = news.reason
    else if (news.kind === 'held') this.#hold(news.came, news.went)
    else if (news.kind === 'report') {
      this.#report = news.report
      this.#reported()
    }
    this.#heard(news)
  }

  #hold(came: readonly Reservation[], went: readonly string[]): void {
    for (const receipt of went) this.#held.delete(receipt)
    for (const reservation of came) this.#held.set(reservation.receipt, reservation)
  }
}
