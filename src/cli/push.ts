import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Context } from '../compose.ts'
import { parseSeconds } from '../config/units.ts'
import { ConfigError, UnknownJob } from '../contract/errors.ts'
import { discoverJobs } from '../jobs/discover.ts'
import { defaultTask, registryName, splitTask } from '../jobs/names.ts'
import { mayHoldBigIntegers, parseBigIntegers } from '../payload.ts'
import type { GlobalFlags } from './commands.ts'
import { complain, oneLine, print, printJson } from './output.ts'
import { contextOf } from './session.ts'

interface PushFlags extends GlobalFlags {
  readonly queue?: string | undefined
  readonly delay: string
  readonly dataFile?: string | undefined
  readonly json?: true | undefined
}

/** Pushes one job, to its own queue unless one is named, and prints its id. A name that no job of the jobs folder has is pushed all the same, with a warning. */
export async function push(job: string, data: string | undefined, flags: PushFlags): Promise<void> {
  const delay = parseSeconds(flags.delay, '--delay')
  const value = await dataOf(data, flags.dataFile)
  const context = await contextOf(flags)
  refuseMemory(context)
  const { queue: name, unknown } = await found(job, flags.queue, context)
  const queue = context.queue()
  try {
    const id = await queue.push(job, value, { delay, ...(name === undefined ? {} : { queue: name }) })
    if (flags.json) printJson({ id })
    else print(id)
    if (unknown !== undefined)
      complain(`warning: ${oneLine(unknown)}; it was pushed all the same, for a worker that knows it`)
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
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    const hint = source === 'the data' ? `; a text needs its own quotes, as '"text"'` : ''
    throw new ConfigError(`${source} is not JSON (${json.length} characters)${hint}`)
  }
  return mayHoldBigIntegers(json) ? parseBigIntegers(json, 'bigint') : value
}

function refuseMemory({ connection, name }: Context): void {
  if (connection.connector !== 'memory') return
  throw new ConfigError(
    `connection "${name}": the memory connector keeps jobs in the process that pushes them, and this one ends now; push from the worker's own program, or choose another connector (database, redis)`,
  )
}

interface Found {
  readonly queue?: string | undefined
  /** Why no worker of these jobs could run it. */
  readonly unknown?: string
}

/** Where the job goes, and what speaks against it. Nothing is loaded for a job of a file whose queue is told. */
async function found(job: string, queue: string | undefined, context: Context): Promise<Found> {
  if (context.connection.connector === 'sync') return { queue }
  if (queue !== undefined && isFile(job, context.config.jobs)) return { queue }
  const { registry } = await context.jobs()
  try {
    const entry = registry.resolve(job)
    return { queue: queue ?? entry.queue }
  } catch (error) {
    if (error instanceof UnknownJob) return { queue, unknown: error.message }
    throw error
  }
}

/** Most names are those of files, which need not be loaded to see that. */
function isFile(job: string, folder: string): boolean {
  const { path, task } = splitTask(job)
  if (task !== defaultTask) return false
  const key = registryName(path)
  return discoverJobs(folder)?.some(({ name }) => name === key) ?? false
}
