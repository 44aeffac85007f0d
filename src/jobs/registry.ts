import { UnknownJob } from '../contract/errors.ts'
import type { JobEntry, JobRegistry } from '../contract/job.ts'
import { didYouMean } from '../contract/near.ts'
import type { FoundJob } from './entry.ts'
import { defaultTask, longestName, namespaceFile, registryName, splitTask } from './names.ts'
import { type JobProblem, shown } from './problem.ts'

/** Spellings remembered: PHP's leave room for endless ones of the same job. */
const spellingsKept = 1000

/** The jobs of a folder by name. A name that is not in its map is unknown: no text is ever turned into a path. */
export class Registry implements JobRegistry {
  /** One for each job, in the order of their files; a class without `fire` has one for each task. */
  readonly entries: readonly JobEntry[]
  readonly #jobs: ReadonlyMap<string, FoundJob>
  readonly #refused: ReadonlyMap<string, JobProblem>
  readonly #spellings = new Map<string, JobEntry>()

  constructor(jobs: Iterable<readonly [string, FoundJob]>, refused: ReadonlyMap<string, JobProblem>) {
    this.#jobs = new Map(jobs)
    this.#refused = refused
    this.entries = [...new Set(this.#jobs.values())].flatMap(({ tasks }) => {
      const fire = tasks.get(defaultTask)
      return fire ? [fire] : [...tasks.values()]
    })
  }

  resolve(name: string): JobEntry {
    const known = this.#spellings.get(name)
    if (known !== undefined) return known
    const entry = this.#find(name)
    if (this.#spellings.size >= spellingsKept) this.#spellings.clear()
    this.#spellings.set(name, entry)
    return entry
  }

  #find(name: string): JobEntry {
    if (name.length > longestName)
      throw new UnknownJob(`no job has a name of ${name.length} characters: ${shown(name)}`)
    const { path, task } = splitTask(name)
    const key = this.#keyOf(path)
    const job = this.#jobs.get(key)
    if (job === undefined) throw new UnknownJob(this.#missing(name, key))
    const entry = job.tasks.get(task)
    if (entry === undefined) throw new UnknownJob(noTask(job, task))
    return entry
  }

  /** What a class calls itself goes before where its file would be. */
  #keyOf(path: string): string {
    const key = registryName(path)
    if (this.#jobs.has(key) || this.#refused.has(key)) return key
    return namespaceFile(path) ?? key
  }

  #missing(name: string, key: string): string {
    const problem = this.#refused.get(key)
    if (problem !== undefined) return `the job ${shown(name)} cannot run: ${problem.message}`
    const near = didYouMean(key, this.#jobs.keys())
    const file = near === '' && namespaceFile(splitTask(name).path) === key
    return `no job has the name ${shown(name)}${near}${file ? `; a file ${shown(key)} in the jobs folder would have it` : ''}`
  }
}

function noTask(job: FoundJob, task: string): string {
  return `the job ${shown(job.name)} has no task ${shown(task)}${didYouMean(task, job.tasks.keys())}`
}
