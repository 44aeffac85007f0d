import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Why nothing can be shown as a person sees it; null: it can. */
export const withoutTmux =
  spawnSync('tmux', ['-V']).status === 0 ? null : 'tmux (apt-get install tmux shows what a person sees)'

/** Below the time that a test has, so that its failure tells what was there. */
const silenceMs = 25_000
const lookEveryMs = 20

export interface TerminalOptions {
  /** Where its socket is, and where the command starts. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
}

let made = 0

/** A terminal in which one command runs, and which tells what can be read on it. */
export class Terminal {
  readonly #socket: string

  constructor(command: string, { folder, env = {}, columns = 100 }: TerminalOptions) {
    this.#socket = join(folder, `tmux-${++made}`)
    // tmux has an environment of its own, and a shell of the user's before the command.
    const given = Object.entries(env).map(([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'`)
    const size = ['-x', String(columns), '-y', '40']
    const whole = `exec env ${given.join(' ')} ${command}`
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, whole)
    this.#tmux('set-option', 'remain-on-exit', 'on')
  }

  /** Presses keys as tmux calls them; a text is typed letter by letter. */
  type(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** What can be read now, without the empty lines at its end. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p').trimEnd()
  }

  /** Resolves with the screen once that can be read on it; rejects with the screen when it never can. */
  async shows(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + silenceMs
    for (;;) {
      const { screen } = this
      if (pattern.test(screen)) return screen
      if (performance.now() > deadline) throw new Error(`never showed ${pattern}:\n${screen}`)
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }

  close(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server'])
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' })
  }
}
