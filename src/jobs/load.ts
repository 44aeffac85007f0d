import { resolve } from 'node:path'
import type { JobRegistry, Middleware } from '../contract/job.ts'
import { discoverJobs, type JobFile } from './discover.ts'
import { type FoundJob, foundClass, foundFunction } from './entry.ts'
import { exportedJob, type ModuleExports } from './exported.ts'
import { declaredName, jobNameFault, registryName, shortName } from './names.ts'
import { causeOf, type JobProblem, shown } from './problem.ts'
import { Registry } from './registry.ts'
import { readSettings } from './settings.ts'

export interface LoadJobs {
  /** The jobs folder. */
  readonly folder: string
  /** Imports one module, given its absolute path: the only way by which code comes into the registry. */
  readonly load: (file: string) => Promise<ModuleExports>
  /** Around each run of every job. */
  readonly middleware?: readonly Middleware[]
}

type HowToLoad = Omit<LoadJobs, 'folder'>

export interface LoadedJobs {
  readonly registry: JobRegistry
  /** Empty when all is well. A name concerned cannot be resolved; every other can. */
  readonly problems: readonly JobProblem[]
}

/** A name that a module claims, and what stands behind it; null: it was not loaded, since another file has its name. */
interface Claim {
  readonly key: string
  readonly file: string
  readonly job: FoundJob | JobProblem | null
}

/** Every job of a folder by its names. Modules are loaded one after the other, in the order of their paths. */
export async function loadJobs({ folder, ...how }: LoadJobs): Promise<LoadedJobs> {
  const files = discoverJobs(folder)
  if (files === null) {
    const message = `there is no jobs folder ${resolve(folder)}`
    return { registry: new Registry([], new Map()), problems: [{ kind: 'folder', files: [], message }] }
  }
  const claims: Claim[] = []
  for (const [name, same] of groupBy(files, (each) => each.name)) {
    if (same.length === 1) claims.push(...(await claimsOf(same[0]!, how)))
    else claims.push(...same.map(({ file }) => ({ key: name, file, job: null })))
  }
  return settled(claims)
}

/** Nobody wins a name that two claim: which job runs must not hang on the order of files. */
function settled(claims: readonly Claim[]): LoadedJobs {
  const found: [string, FoundJob][] = []
  const refused = new Map<string, JobProblem>()
  const problems = claims.map(({ job }) => job).filter(isProblem)
  for (const [key, same] of groupBy(claims, (claim) => claim.key)) {
    const job = same[0]!.job
    if (same.length > 1) {
      refused.set(key, duplicate(key, same))
      problems.push(refused.get(key)!)
    } else if (isProblem(job)) refused.set(key, job)
    else if (job !== null) found.push([key, job])
  }
  return { registry: new Registry(found, refused), problems }
}

/** What one module claims: the name of its file, and what its job calls itself. */
async function claimsOf(source: JobFile, how: HowToLoad): Promise<readonly Claim[]> {
  const { name, file } = source
  try {
    const job = await readJob(source, how)
    if (isProblem(job)) return [{ key: name, file, job }]
    const keys = new Set([name, registryName(job.jobName ?? name)])
    return [...keys].map((key) => ({ key, file, job }))
  } catch (cause) {
    const why = causeOf(cause)
    const message = why.startsWith(file) ? why : `${file} could not be loaded: ${why}`
    return [{ key: name, file, job: { kind: 'broken', files: [file], message, cause } }]
  }
}

/** Rejects when the module cannot be loaded; whatever else is wrong with it is a problem. */
async function readJob(
  { name, file }: JobFile,
  { load, middleware }: HowToLoad,
): Promise<FoundJob | JobProblem> {
  const problem = (kind: JobProblem['kind'], why: string): JobProblem => {
    return { kind, files: [file], message: `${file}: ${why}` }
  }
  const fault = name.includes('\\') ? 'it must not contain a back-slash' : jobNameFault(name)
  if (fault !== undefined) return problem('name', `its name is the job's, and ${fault}`)
  const exported = exportedJob(await load(file), shortName(name))
  if (exported.kind === 'none') return problem('export', exported.why)
  const { settings, faults } = readSettings(exported.job)
  const jobName = declaredName(exported.job)
  const jobFault = jobName === undefined ? undefined : jobNameFault(jobName)
  if (jobFault !== undefined) faults.push(`\`jobName\` ${shown(jobName)}: ${jobFault}`)
  if (faults.length > 0) return problem('setting', faults.join('; '))
  const origin = { name, file, settings, middleware, jobName: jobName as string | undefined }
  if (exported.kind === 'class') return foundClass(origin, exported.job)
  return foundFunction(origin, exported.job)
}

function duplicate(key: string, claims: readonly Claim[]): JobProblem {
  const files = claims.map(({ file }) => file).sort()
  const message = `${files.length} jobs have the name ${shown(key)}, so none of them has it: ${files.join(', ')}`
  return { kind: 'duplicate', files, message }
}

function isProblem(job: FoundJob | JobProblem | null): job is JobProblem {
  return job !== null && 'kind' in job
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
