/** The method that runs when a name gives no task. */
export const defaultTask = 'fire'

/** Longer names are refused unread: they come from payloads and would be kept and quoted. */
export const longestName = 1024

/** The class part and the method part of a payload's name: `app\lib\job\Job2@task1` is task1 of `app\lib\job\Job2`. */
export function splitTask(name: string): { readonly path: string; readonly task: string } {
  const at = name.indexOf('@')
  if (at === -1) return { path: name, task: defaultTask }
  return { path: name.slice(0, at), task: name.slice(at + 1) }
}

/**
 * The one key the registry knows a PHP spelling by: `Model/Job1` is `model/Job1`, `app\lib\job\Job2` is `lib/Job2`. The
 * key of a class outside a `job` namespace is its own name, which only a `jobName` can equal.
 */
export function registryName(path: string): string {
  if (!path.includes('\\')) return lowerFirstFolder(path)
  const className = path.startsWith('\\') ? path.slice(1) : path
  if (className.includes('/')) return className
  const segments = className.split('\\')
  const job = segments.indexOf('job', 1)
  if (job === -1 || segments.includes('', 1) || job === segments.length - 1) return className
  return lowerFirstFolder([...segments.slice(1, job), ...segments.slice(job + 1)].join('/'))
}

/**
 * The key under which a class outside a `job` namespace is looked for when no `jobName` says its name: that of the file which
 * its namespace below the root gives, `obj/SendMail` for `app\obj\SendMail`. Undefined for every other name.
 */
export function namespaceFile(path: string): string | undefined {
  const className = path.startsWith('\\') ? path.slice(1) : path
  const segments = className.split('\\')
  if (segments.length < 2 || segments.includes('') || className.includes('/')) return undefined
  if (registryName(path) !== className) return undefined
  return lowerFirstFolder(segments.slice(1).join('/'))
}

/** The key of a module by its path inside the jobs folder, on any system: `Admin\Job1.ts` on Windows is `admin/Job1`. */
export function fileName(relativePath: string, separator: string): string {
  const path = relativePath.split(separator).join('/')
  return lowerFirstFolder(path.replace(/\.[^./]*$/, ''))
}

/** The last part of a name: the class's own. */
export function shortName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
}

/** The name a job gives itself: its own member, since a class that extends another is not that other. */
export function declaredName(job: object): unknown {
  return Object.hasOwn(job, 'jobName') ? (job as { readonly jobName?: unknown }).jobName : undefined
}

/** Why a job cannot call itself that, in words; undefined when it can. */
export function jobNameFault(name: unknown): string | undefined {
  const fault = nameFault(name)
  if (fault === undefined && (name as string).includes('@'))
    return 'it must not contain @, after which a name gives the task'
  return fault
}

/** Why a text, or half of `path@task`, can be no name, in words; undefined when it can. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'it must be a text'
  if (name.trim() === '') return 'it must not be empty'
  if (name.length > longestName) return `it must not be longer than ${longestName} characters`
  if (/[\0-\x1f\x7f]/.test(name)) return 'it must not contain control characters'
  return undefined
}

/** PHP lower-cases the module, which is what stands before the first `/`; so do we. */
function lowerFirstFolder(path: string): string {
  const slash = path.indexOf('/')
  return slash === -1 ? path : path.slice(0, slash).toLowerCase() + path.slice(slash)
}
