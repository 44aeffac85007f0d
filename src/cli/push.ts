import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Context } from '../compose.ts'
import { parseSeconds } from '../config/units.ts'
import { ConfigError, UnknownJob } from '../contract/errors.ts'
import { discoverJobs } from '../jobs/discover.ts'
import { defaultTask, registryName, splitTask } from '../jobs/names.ts'
import type { GlobalFlags } from './commands.ts'
import { complain, oneLine, print, printJson } from './output.ts'
import { contextOf } from './session.ts'

interface PushFlags extends GlobalFlags {
  readonly queue?: string | undefined
  readonly delay: string
  readonly dataFile?: string | undefined
  readonly json?: true | undefined
}

/** Pushes one job and prints its id. A name that no job of the jobs folder has is pushed all the same, with a warning. */
export async function push(job: string, data: string | undefined, flags: PushFlags): Promise<void> {
  const delay = parseSeconds(flags.delay, '--delay')
  const value = await dataOf(data, flags.dataFile)
  const context = await contextOf(flags)
  const queue = context.queue()
  try {
    const id = await queue.push(job, value, {
      delay,
      ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    })
    if (flags.json) printJson({ id })
    else print(id)
    await warnOfUnknown(job, context)
  } finally {
    await queue.close()
  }
}

async function dataOf(data: string | undefined, file: string | undefined): Promise<unknown> {
  if (file === undefined) return data === undefined ? '' : parsed(data, 'the data')
  if (data !== undefined)
    throw new ConfigError('give the data either as an argument or by --data-file, not both')
  if (file === '-') return parsed(await text(process.stdin), 'standard input')
  return parsed(await readData(file), file)
}

async function readData(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`--data-file: ${(error as Error).message}`, { cause: error })
  }
}

/** The message does not quote the data, which may be secret. */
function parsed(json: string, source: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    const hint = source === 'the data' ? `; a text needs its own quotes, as '"text"'` : ''
    throw new ConfigError(`${source} is not JSON (${json.length} characters)${hint}`)
  }
}

async function warnOfUnknown(job: string, context: Context): Promise<void> {
  if (context.connection.connector === 'sync' || isFile(job, context.config.jobs)) return
  try {
    const { registry } = await context.jobs()
    registry.resolve(job)
  } catch (error) {
    if (!(error instanceof UnknownJob)) throw error
    complain(`warning: ${oneLine(error.message)}; it was pushed all the same, for a worker that knows it`)
  }
}

/** Most names are those of files, which need not be loaded to see that. */
function isFile(job: string, folder: string): boolean {
  const { path, task } = splitTask(job)
  if (task !== defaultTask) return false
  const key = registryName(path)
  return discoverJobs(folder)?.some(({ name }) => name === key) ?? false
}
