import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import type { Task } from './victim.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

/** Processes that do one operation each and kill themselves at one of its requests. */
export class Victims {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Gathers what they run in few files, so that they start quickly. */
  static async gather(): Promise<Victims> {
    const folder = join(cache, `thinkq-victims-${process.pid}`)
    mkdirSync(folder, { recursive: true })
    await build({
      input: join(here, 'victim.ts'),
      platform: 'node',
      external: (id) => !/^[./]/.test(id),
      output: { dir: folder, format: 'esm' },
    })
    return new Victims(folder)
  }

  /** Answers what ended it: a signal, or what it said instead. */
  async run(task: Task): Promise<string> {
    const child = spawn(process.execPath, [join(this.#folder, 'victim.js'), JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, QUEUE_SQLITE_DRIVER: 'libsql' },
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(signal ?? `code ${code} ${said}`))
    })
  }

  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
