import type { FromSandbox, ToSandbox } from './messages.ts'

/** The thread or process of a sandbox. */
export interface Host {
  send(message: ToSandbox): void
  kill(): void
  /** Whether it keeps the worker's process alive. */
  hold(isHeld: boolean): void
}

export interface HostEvents {
  readonly heard: (message: FromSandbox) => void
  /** Called once, with how it ended: `ended with code 3`. */
  readonly ended: (how: string) => void
}

export type StartHost = (events: HostEvents) => Host

/** Where jobs run that are not to harm the worker, one at a time. */
export class Sandbox {
  /** Resolves once it takes work; undefined, or how it ended before it did. */
  readonly ready: Promise<string | undefined>
  /** Resolves to how it ended; never rejects. */
  readonly ended: Promise<string>
  /** Hears what it says while it has work, and while it has none. */
  listener: (message: FromSandbox) => void = () => undefined
  /** Whether it has ended, or is about to. */
  isOver = false
  readonly #host: Host

  constructor(start: StartHost) {
    let becomeReady: (problem?: string) => void = () => undefined
    let end: (how: string) => void = () => undefined
    this.ready = new Promise((resolve) => {
      becomeReady = resolve
    })
    this.ended = new Promise((resolve) => {
      end = resolve
    })
    this.#host = start({
      heard: (message) => (message.kind === 'ready' ? becomeReady() : this.listener(message)),
      ended: (how) => {
        this.isOver = true
        becomeReady(how)
        end(how)
      },
    })
    this.#host.hold(false)
  }

  send(message: ToSandbox): void {
    if (!this.isOver) this.#host.send(message)
  }

  hold(isHeld: boolean): void {
    this.#host.hold(isHeld)
  }

  kill(): void {
    this.isOver = true
    this.#host.kill()
  }
}
