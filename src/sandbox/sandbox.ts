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

/** Hears what a sandbox says, and how it ended. */
export interface SandboxListener {
  heard(message: FromSandbox): void
  ended(how: string): void
}

export type StartHost = (events: HostEvents) => Host

/** Where jobs run that are not to harm the worker, one at a time. */
export class Sandbox {
  /** Resolves once it takes work; undefined, or how it ended before it did. */
  readonly ready: Promise<string | undefined>
  /** Resolves to how it ended; never rejects. For its owner: what waits for it is kept as long as the sandbox lives. */
  readonly ended: Promise<string>
  /** Of the work it has, or of none: the one before is forgotten. */
  listener: SandboxListener | undefined
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
      heard: (message) => (message.kind === 'ready' ? becomeReady() : this.listener?.heard(message)),
      ended: (how) => {
        this.isOver = true
        becomeReady(how)
        this.listener?.ended(how)
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
