import { isJobFunction, type JobFunction } from '../contract/job.ts'
import { type LoadedClass, taskNames } from './entry.ts'

/** What a module exports: by `import()`, by `require`, or by a loader. */
export type ModuleExports = Readonly<Record<string, unknown>>

/** The job of a module, or in words why there is none. */
export type ExportedJob =
  | { readonly kind: 'class'; readonly job: LoadedClass }
  | { readonly kind: 'function'; readonly job: JobFunction<unknown> }
  | { readonly kind: 'none'; readonly why: string }

/** The job a module holds: its default export, else the export that is named as the file is. */
export function exportedJob(exports: ModuleExports, className: string): ExportedJob {
  const own = unwrapped(exports, className)
  if (own.default !== undefined) return asJob(own.default, 'the default export')
  if (Object.hasOwn(own, className)) return asJob(own[className], `the export ${className}`)
  return { kind: 'none', why: `${listed(own)}; export the job as default, or under the name ${className}` }
}

function asJob(value: unknown, what: string): ExportedJob {
  if (isJobFunction(value)) {
    if (typeof value.run !== 'function' || !['undefined', 'function'].includes(typeof value.failed))
      return { kind: 'none', why: `${what} looks like a job of defineJob, but has no functions to run` }
    return { kind: 'function', job: value }
  }
  if (isClass(value)) {
    if (taskNames(value).length > 0) return { kind: 'class', job: value }
    return {
      kind: 'none',
      why: `${what} is a class without a method fire(job, data) or a task (a field is no method)`,
    }
  }
  if (typeof value === 'function')
    return { kind: 'none', why: `${what} is a plain function; wrap it in defineJob` }
  return { kind: 'none', why: `${what} is ${kindOf(value)}, neither a class nor made by defineJob` }
}

/** Written as a class, or an old-style constructor with methods. */
function isClass(value: unknown): value is LoadedClass {
  if (typeof value !== 'function' || typeof value.prototype !== 'object' || value.prototype === null)
    return false
  return (
    /^class\b/.test(Function.prototype.toString.call(value)) || taskNames(value as LoadedClass).length > 0
  )
}

/** What CommonJS exports arrives as the default of `import()`, a compiled module's own default one level deeper. */
function unwrapped(exports: ModuleExports, className: string): ModuleExports {
  const inner = exports.default
  if (typeof inner !== 'object' || inner === null || isJobFunction(inner)) return exports
  const names = Object.keys(inner)
  const holdsExports = '__esModule' in inner || names.includes(className)
  if (!holdsExports && !names.every((name) => Object.hasOwn(exports, name))) return exports
  return { ...exports, default: undefined, ...inner }
}

function listed(exports: ModuleExports): string {
  const names = Object.keys(exports).filter(
    (name) => exports[name] !== undefined && name !== 'module.exports',
  )
  if (names.length === 0) return 'it exports nothing'
  return `it exports ${names.map((name) => `${name} (${kindOf(exports[name])})`).join(', ')}`
}

function kindOf(value: unknown): string {
  if (isJobFunction(value)) return 'a job'
  if (isClass(value)) return 'a class'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
