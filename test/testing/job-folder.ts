import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type TestJobOptions, testJob } from '../../src/testing/index.ts'
import { childrenOf } from '../e2e/process-tree.ts'

/** The job that sends a line, and may do so again until it has deleted itself. */
export const unsafe = `import { appendFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
export default class Unsafe {
  async fire(job, { world }) {
    await turn()
    appendFileSync(world, 'sent\\n')
    await turn()
    await job.delete()
  }
}
`

/**
 * A folder for the jobs of the running test, and for what `testJob` puts into the temporary folder. When the test ends nothing of it
 * may be left, nor a process.
 */
export class JobFolder {
  /** A file for what jobs do. */
  readonly world: string
  readonly path = mkdtempSync(join(tmpdir(), 'thinkq-test-job-'))
  readonly #temporary = mkdtempSync(join(this.path, 'tmp-'))

  constructor() {
    this.world = join(this.path, 'world')
    // Where what was transpiled is kept for the next process.
    mkdirSync(join(this.path, 'node_modules'))
    const { TMPDIR } = process.env
    process.env.TMPDIR = this.#temporary
    onTestFinished(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
      const left = { folders: readdirSync(this.#temporary), processes: trialsOf(process.pid) }
      rmSync(this.path, { recursive: true })
      expect(left).toEqual({ folders: [], processes: [] })
    })
  }

  /** Writes a module, and answers its path. */
  write(name: string, text: string): string {
    const file = join(this.path, name)
    writeFileSync(file, text)
    return file
  }

  writePackage(name: string, text: string): void {
    mkdirSync(join(this.path, 'node_modules', name))
    this.write(`node_modules/${name}/package.json`, '{"type":"module","exports":"./index.js"}')
    this.write(`node_modules/${name}/index.js`, text)
  }

  /** The lines that jobs have written. */
  readonly lines = (): readonly string[] => {
    try {
      return readFileSync(this.world, 'utf8').split('\n').slice(0, -1)
    } catch {
      return []
    }
  }

  /** Tries a job whose effects are the lines it writes to `data.world`. */
  try(file: string, data: object = {}, options: Partial<TestJobOptions> = {}) {
    return testJob(
      file,
      { world: this.world, ...data },
      { effects: this.lines, reset: () => rmSync(this.world, { force: true }), ...options },
    )
  }
}

/** The processes of trials that a process has. */
function trialsOf(pid: number): readonly string[] {
  if (process.platform !== 'linux') return []
  const commands = childrenOf(pid).map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8'))
  return commands.filter((command) => command.includes('trial-entry'))
}
