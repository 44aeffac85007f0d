import { appendFileSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Project } from '../cli/project.ts'

/** One step of one run: `began`, `again` (it put the job back), `done`, `deleted`. */
export interface Line {
  readonly word: string
  readonly n: string
  readonly attempts: number
  readonly pid: number
}

/** What the jobs of a project wrote into its file `ledger`, which outlives whoever is killed. */
export class Ledger {
  readonly #file: string

  constructor(project: Project) {
    this.#file = join(project.root, 'ledger')
    appendFileSync(this.#file, '')
  }

  lines(): Line[] {
    const texts = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
    return texts.map((text) => {
      const [word = '', n = '', attempts, pid] = text.split(' ')
      return { word, n, attempts: Number(attempts), pid: Number(pid) }
    })
  }

  /** Resolves when it holds of what has been written. */
  async until(holds: (lines: readonly Line[]) => boolean): Promise<void> {
    let look = () => {}
    const watcher = watch(this.#file, () => look())
    try {
      while (!holds(this.lines()))
        await new Promise<void>((resolve) => {
          look = resolve
        })
    } finally {
      watcher.close()
    }
  }
}

/** The runs of each job that began, in order. */
export function runsOf(lines: readonly Line[]): Map<string, Line[]> {
  const runs = new Map<string, Line[]>()
  for (const line of lines.filter(({ word }) => word === 'began'))
    runs.set(line.n, [...(runs.get(line.n) ?? []), line])
  return runs
}

/** Runs of a job after one that neither put it back nor was killed. */
export function unexplained(lines: readonly Line[], killed: ReadonlySet<number>): Line[] {
  const planned = new Set(
    lines.filter(({ word }) => word === 'again').map(({ n, attempts }) => `${n} ${attempts}`),
  )
  return [...runsOf(lines).values()].flatMap((runs) =>
    runs.filter((_, at) => {
      const before = runs[at - 1]
      return before !== undefined && !planned.has(`${before.n} ${before.attempts}`) && !killed.has(before.pid)
    }),
  )
}

/** The jobs that came to such a step, each as often as it did. */
export function jobsThat(lines: readonly Line[], wanted: string): string[] {
  return lines.filter(({ word }) => word === wanted).map(({ n }) => n)
}
