import { join } from 'node:path'
import type { Config } from '../../contract/config.ts'
import { discoverJobs } from '../../jobs/discover.ts'
import { changedFile } from '../../process/file-stamps.ts'
import type { ModuleFiles } from '../../process/module-files.ts'
import type { Sources } from '../../process/parent.ts'

/** What decides how modules are loaded, and with which values, without being a module; npm writes the last. */
const besides = ['.env', 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json']

/** Notes the files that are about to be loaded, before they are; answers the job files among them. */
export function noteJobs(modules: ModuleFiles, { jobs, root }: Config): Sources['jobs'] {
  const files = jobFiles(jobs)
  for (const file of [...files, ...besides.map((name) => join(root, name))]) modules.note(file)
  return { folder: jobs, files }
}

/** The first file that is no longer as it was loaded, or is new in the jobs folder, or gone; undefined: all is as it was. */
export function changeIn({ files, jobs }: Sources): string | undefined {
  return changedFile(files) ?? (jobs === null ? undefined : newFile(jobs.folder, jobs.files))
}

function newFile(folder: string, known: readonly string[]): string | undefined {
  try {
    return jobFiles(folder).find((file) => !known.includes(file))
  } catch {
    return folder
  }
}

function jobFiles(folder: string): readonly string[] {
  return (discoverJobs(folder) ?? []).map(({ file }) => file)
}
