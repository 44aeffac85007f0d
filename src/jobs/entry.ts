import type { Job, JobEntry, JobFunction, JobSettings, Middleware } from '../contract/job.ts'
import { type Run, within } from './middleware.ts'
import { defaultTask } from './names.ts'

/** A class that was loaded from a jobs folder: what its methods are is not known to the compiler. */
export type LoadedClass = new () => Record<string, unknown>

/** A job that was found: the entry of each of its tasks. */
export interface FoundJob {
  readonly name: string
  readonly file: string
  /** What it calls itself. */
  readonly jobName: string | undefined
  readonly tasks: ReadonlyMap<string, JobEntry>
}

/** Where an entry comes from, and what it says of itself. */
export interface Origin {
  readonly name: string
  readonly file: string
  readonly jobName: string | undefined
  readonly settings: JobSettings
  /** Of the configuration, around its own. */
  readonly middleware?: readonly Middleware[] | undefined
}

type Failed = (data: unknown, reason: Error) => unknown

/**
 * The methods that a payload may name: those which the class and its parents declare. What every object inherits, the
 * constructor, `failed` and names that start with `__` are none of its business.
 */
export function taskNames(jobClass: { readonly prototype: object }): readonly string[] {
  const seen = new Set<string>(['constructor', 'failed'])
  const tasks: string[] = []
  let declared: object | null = jobClass.prototype
  while (declared !== null && declared !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(declared))) {
      if (seen.has(name)) continue
      seen.add(name)
      if (typeof value === 'function' && !name.startsWith('__')) tasks.push(name)
    }
    declared = Object.getPrototypeOf(declared) as object | null
  }
  return tasks
}

export function foundClass(origin: Origin, jobClass: LoadedClass): FoundJob {
  const tasks = new Map(taskNames(jobClass).map((task) => [task, classEntry(origin, jobClass, task)]))
  return { name: origin.name, file: origin.file, jobName: origin.jobName, tasks }
}

export function foundFunction(origin: Origin, definition: JobFunction<unknown>): FoundJob {
  const { name, file, jobName, settings } = origin
  const opened = {
    run: within(layersOf(origin), (job: Job, data: unknown) => definition.run(data, job)),
    failed: definition.failed,
  }
  const entry: JobEntry = { ...settings, name, file, kind: 'function', open: () => opened }
  return { name, file, jobName, tasks: new Map([[defaultTask, entry]]) }
}

function classEntry(origin: Origin, jobClass: LoadedClass, task: string): JobEntry {
  const { name, file, settings } = origin
  const layers = layersOf(origin)
  return {
    ...settings,
    name: task === defaultTask ? name : `${name}@${task}`,
    file,
    kind: 'class',
    open() {
      const handler = new jobClass() as Record<string, Run> & { readonly failed?: Failed }
      return {
        run: within(layers, (job, data) => handler[task]!(job, data)),
        failed:
          typeof handler.failed === 'function' ? (data, reason) => handler.failed!(data, reason) : undefined,
      }
    },
  }
}

function layersOf({ middleware = [], settings }: Origin): readonly Middleware[] {
  return [...middleware, ...(settings.middleware ?? [])]
}
