import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Files of SQLite, each by a name, in a temporary folder. What they cost is in the processes that use them. */
export class Files {
  #folder = mkdtempSync(join(tmpdir(), 'thinkq-bench-sqlite-'))

  async start() {}

  urlOf(name) {
    return `sqlite:${join(this.#folder, name)}.sqlite`
  }

  async create(name) {
    const file = join(this.#folder, `${name}.sqlite`)
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  }

  cpuMs() {
    return 0
  }

  async statements() {
    return Number.NaN
  }

  async version() {
    return 'SQLite'
  }

  async stop() {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
