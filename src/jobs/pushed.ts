import { QueueError } from '../contract/errors.ts'
import { isJobFunction, type JobSettings, type Pushable } from '../contract/job.ts'
import { discoverJobs, type JobFile } from './discover.ts'
import { declaredName, jobNameFault, nameFault, shortName, splitTask } from './names.ts'
import { shown } from './problem.ts'
import { settingFault } from './settings.ts'

/** The names of the classes pushed so far, and the files of the jobs folder, which are listed once and only if need be. */
class NamedFolder {
  readonly names = new WeakMap<object, string>()
  readonly path: string
  #files: readonly JobFile[] | null = null

  constructor(path: string) {
    this.path = path
  }

  get files(): readonly JobFile[] | null {
    this.#files ??= discoverJobs(this.path)
    return this.#files
  }
}

/** A cache of what does not change while a process lives. */
const folders = new Map<string, NamedFolder>()

/**
 * The name a job is pushed by: a text as it is, else `jobName`, else the one file of the class's name in the jobs folder, of
 * which nothing is imported. Throws a QueueError `JOB_NAME` that says to set `jobName` when there is no such file, or several.
 */
export function pushedName(job: Pushable, folder: string): string {
  if (typeof job === 'string') return spelled(job)
  if (typeof job !== 'function' && !isJobFunction(job))
    throw nameError(
      `${shown(job)} cannot be pushed: it is no job class, no job of defineJob and no name (imports in a circle?)`,
    )
  const named = namedFolder(folder)
  const known = named.names.get(job)
  if (known !== undefined) return known
  const name = declared(job) ?? nameOfFile(job, named)
  named.names.set(job, name)
  return name
}

/** What a job says of its own pushing: the queue it goes to when none is named. */
export function pushedSettings(job: Pushable): Pick<JobSettings, 'queue'> {
  if (typeof job === 'string' || job.queue === undefined) return {}
  const fault = settingFault('queue', job.queue)
  if (fault !== undefined) throw new QueueError('JOB_SETTING', `${titled(job)}: ${fault}`)
  return { queue: job.queue }
}

/** Many jobs of one name are pushed in a row. */
let lastSpelled: string | undefined

function spelled(name: string): string {
  if (name === lastSpelled) return name
  const { path, task } = splitTask(name)
  const fault = nameFault(name) ?? nameFault(path) ?? nameFault(task)
  if (fault !== undefined) throw nameError(`the job ${shown(name)} cannot be pushed: ${fault}`)
  lastSpelled = name
  return name
}

function declared(job: object): string | undefined {
  const name = declaredName(job)
  const fault = name === undefined ? undefined : jobNameFault(name)
  if (fault !== undefined)
    throw nameError(`${titled(job)} cannot be pushed: \`jobName\` ${shown(name)}: ${fault}`)
  return name as string | undefined
}

function nameOfFile(job: object, { path, files }: NamedFolder): string {
  if (isJobFunction(job))
    throw nameError(
      "a job of defineJob is pushed by its name: give it one, defineJob({ name: '…' }, …) sets its jobName",
    )
  const className = classNameOf(job)
  if (className === '') throw unnamed(job, 'it has no name of its own')
  if (files === null) throw unnamed(job, `there is no jobs folder ${path} to find its name in`)
  const same = files.filter(({ name }) => shortName(name) === className)
  if (same.length === 1) return same[0]!.name
  if (same.length === 0) throw unnamed(job, `no file in ${path} is named after it`)
  throw unnamed(job, `several files are named after it (${same.map(({ file }) => file).join(', ')})`)
}

function namedFolder(folder: string): NamedFolder {
  const known = folders.get(folder)
  if (known !== undefined) return known
  const named = new NamedFolder(folder)
  folders.set(folder, named)
  return named
}

/** `export default class { … }` is called `default` by the language: that is no name. */
function classNameOf(job: object): string {
  const { name } = job as { readonly name?: unknown }
  return typeof name === 'string' && name !== 'default' ? name : ''
}

function titled(job: object): string {
  if (isJobFunction(job)) return 'a job of defineJob'
  return classNameOf(job) === '' ? 'a job class' : `the job class ${classNameOf(job)}`
}

function unnamed(job: object, why: string): QueueError {
  return nameError(`${titled(job)} cannot be pushed: ${why}; set static jobName`)
}

function nameError(message: string): QueueError {
  return new QueueError('JOB_NAME', message)
}
