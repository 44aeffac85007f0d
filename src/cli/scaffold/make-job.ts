import { join, relative } from 'node:path'
import { ConfigError } from '../../contract/errors.ts'
import { discoverJobs } from '../../jobs/discover.ts'
import { registryName } from '../../jobs/names.ts'
import type { GlobalFlags } from '../commands.ts'
import { oneLine, print } from '../output.ts'
import { contextOf } from '../session.ts'
import { type JobText, jobText, testText } from './job-text.ts'
import { languageOf, writeNew } from './project.ts'

type MakeJobFlags = GlobalFlags & { readonly function?: true | undefined }

/** Writes a job and its test into the jobs folder of the configuration. A name that is taken is refused. */
export async function makeJob(name: string, flags: MakeJobFlags): Promise<void> {
  const { folders, className } = partsOf(name)
  const { config } = await contextOf(flags)
  const path = [...folders, className].join('/')
  const jobName = registryName(path)
  const taken = discoverJobs(config.jobs)?.find((job) => job.name === jobName)
  if (taken !== undefined) throw new ConfigError(`there is a job ${jobName} already: ${taken.file}`)
  const shape = flags.function ? 'function' : 'class'
  const job: JobText = { className, jobName, shape, language: await languageOf(config.root) }
  const folder = join(config.jobs, ...folders)
  for (const [file, text] of [
    [join(folder, `${className}.${job.language}`), jobText(job)],
    [join(folder, `${className}.test.mjs`), testText(job)],
  ] as const) {
    const said = (await writeNew(file, text)) ? 'created   ' : 'left alone'
    print(`  ${said}  ${oneLine(relative(process.cwd(), file))}`)
  }
  print(`\nNext:\n  npx queue push ${jobName} '{"id": 1}'`)
}

/** Words a class cannot be called, and `Job`, the type of what `fire` is given. */
const reserved = new Set(
  (
    'Job await break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return static ' +
    'super switch this throw true try typeof var void while with yield undefined NaN Infinity eval arguments'
  ).split(' '),
)

function partsOf(name: string): { readonly folders: readonly string[]; readonly className: string } {
  const parts = name.split('/')
  const className = parts.pop()!
  const isName = /^[\p{ID_Start}$][\p{ID_Continue}$]*$/u.test(className) && !reserved.has(className)
  if (!isName)
    throw new ConfigError(
      `"${oneLine(name)}": ${oneLine(className) || 'nothing'} cannot be the name of a class; such as SendNotice`,
    )
  if (parts.some((part) => !/^[\p{L}\p{N}-][\p{L}\p{N}_-]*$/u.test(part) || part === 'node_modules'))
    throw new ConfigError(`"${oneLine(name)}": folders are words between slashes, as in admin/SendNotice`)
  return { folders: parts, className }
}
