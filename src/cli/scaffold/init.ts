import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { configTemplate } from '../../config/template.ts'
import { ConfigError } from '../../contract/errors.ts'
import { oneLine, print } from '../output.ts'
import { type JobText, jobText, testText } from './job-text.ts'
import { languageOf, writeNew } from './project.ts'

/** Writes what a project needs for its first job, and says what to do next. What exists is left alone, and said. */
export async function init(root: string, jobs: string): Promise<void> {
  const folder = checkedFolder(root, jobs)
  const job: JobText = {
    className: 'Hello',
    jobName: 'Hello',
    shape: 'class',
    language: await languageOf(root),
  }
  const file = join(folder, `Hello.${job.language}`)
  const test = join(folder, 'Hello.test.mjs')
  const configuration = existingConfig(root)
  if (configuration === undefined)
    await write(root, join(root, 'queue.config.ts'), await configTemplate(folderText(root, folder)))
  else leftAlone(configuration)
  await write(root, file, jobText(job))
  await write(root, test, testText(job))
  print(`
Next:${isInstalled(root) ? '' : '\n  npm install thinkq'}
  npx queue push Hello '{"id": 1}'
  npx queue work
  node --test ${shown(root, test)}`)
  if (!(await ignoresStore(root))) print('\nThe jobs are kept in .queue/: add it to .gitignore.')
}

function checkedFolder(root: string, jobs: string): string {
  const folder = resolve(root, jobs)
  const inside = relative(root, folder)
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside) || /['\\\p{Cc}]/u.test(inside))
    throw new ConfigError(`--jobs is "${oneLine(jobs)}"; expected a folder in this one, such as ./jobs`)
  return folder
}

function folderText(root: string, folder: string): string {
  return `./${relative(root, folder).replaceAll('\\', '/')}`
}

/** One of any ending: a second would only hide behind it. */
function existingConfig(root: string): string | undefined {
  for (const place of ['.', 'config']) {
    const folder = join(root, place)
    if (!existsSync(folder)) continue
    const name = readdirSync(folder).find((each) => /^queue\.config\.([cm]?[jt]s|json)$/.test(each))
    if (name !== undefined) return join(place, name)
  }
  return undefined
}

async function write(root: string, file: string, text: string): Promise<void> {
  if (await writeNew(file, text)) print(`  created     ${shown(root, file)}`)
  else leftAlone(shown(root, file))
}

function leftAlone(file: string): void {
  print(`  left alone  ${oneLine(file)} (it exists)`)
}

function shown(root: string, file: string): string {
  return oneLine(relative(root, file))
}

/** Whether the job's test will find this package. */
function isInstalled(root: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve('thinkq/package.json')
    return true
  } catch {
    return false
  }
}

async function ignoresStore(root: string): Promise<boolean> {
  try {
    return /^\/?\.queue\/?\s*$/m.test(await readFile(join(root, '.gitignore'), 'utf8'))
  } catch {
    return false
  }
}
