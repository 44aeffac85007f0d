import { readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Project, Running } from '../cli/project.ts'

/** What a process held after a collection; heap and resident memory in bytes. */
export interface Sample {
  readonly pid: number
  readonly heap: number
  readonly rss: number
  readonly fds: number
  /** What keeps it alive, but for timers and sockets. */
  readonly handles: number
  /** Of all emitters that live. */
  readonly listeners: number
}

const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url))

/** A `queue work --daemon` that can be asked what it holds. */
export class ProbedWorker {
  readonly running: Running
  readonly #file: string
  #seen = 0

  /** `name` names its file of samples in the project. */
  constructor(project: Project, name: string, ...flags: readonly string[]) {
    this.#file = join(project.root, `samples-${name}`)
    writeFileSync(this.#file, '')
    const node = ['--expose-gc', '--min-semi-space-size=4', '--max-semi-space-size=4', '--import', probe]
    const work = ['work', '--daemon', '--quiet', ...flags]
    this.running = project.run({ env: { PROBE_FILE: this.#file } }, ...node, project.bin, ...work)
  }

  get pid(): number {
    return this.running.process.pid!
  }

  /** Rejects when it ends instead of answering. */
  async sample(): Promise<Sample> {
    let look = () => {}
    const watcher = watch(this.#file, () => look())
    const ended = this.running.ended.then(({ code, signal, stdout, stderr }) => {
      throw new Error(
        `the worker ended with ${code ?? signal}: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`,
      )
    })
    try {
      const changed = () =>
        new Promise<void>((resolve) => {
          look = resolve
        })
      let next = changed()
      this.running.signal('SIGWINCH')
      for (;;) {
        await Promise.race([next, ended])
        next = changed()
        const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1)
        if (lines.length === this.#seen) continue
        this.#seen = lines.length
        return JSON.parse(lines.at(-1)!) as Sample
      }
    } finally {
      watcher.close()
    }
  }
}
