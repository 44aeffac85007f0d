import { existsSync, realpathSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Context } from '../../compose.ts'
import { parsePositiveCount, parseSeconds } from '../../config/units.ts'
import { DatabaseConnector } from '../../connectors/database/index.ts'
import { type DatabaseConnectorOptions, sqliteFile } from '../../connectors/database/options.ts'
import { ConfigError } from '../../contract/errors.ts'
import type { Seconds } from '../../contract/time.ts'
import type { GlobalFlags } from '../commands.ts'
import { oneLine } from '../output.ts'
import { projectOf } from '../session.ts'
import { checkedOptions } from '../work/work.ts'
import { ownerOf } from './owner.ts'

export type ServiceFlags = GlobalFlags & {
  readonly [Key in 'queue' | 'name' | 'user' | 'log' | 'timeout' | 'grace']?: string | undefined
} & { readonly processes: string }

/** What a flag said, or else what is best where a format must say something. */
interface Choice {
  readonly value: string
  readonly isAsked: boolean
}

/** Workers of one kind, as every format needs to know them. Paths are absolute and have no control characters. */
export interface Unit {
  readonly name: string
  /** The project's folder, in which they work. */
  readonly root: string
  readonly node: string
  /** Our own command line. */
  readonly script: string
  /** What the command line is told, but for the configuration file. */
  readonly args: readonly string[]
  /** The configuration file; null: there is none, and it is not missed. */
  readonly config: string | null
  /** Who runs them. */
  readonly user: Choice
  readonly processes: number
  /** The folder of the log files. */
  readonly log: Choice
  /** How long a stop may take before the process is killed: longer than the worker takes by itself. */
  readonly stopSeconds: Seconds
  /** The SQLite file that has the jobs; null: a server has them. */
  readonly store: string | null
}

/** After the grace time: what runs is given back, and the process ends. */
const beyondGrace: Seconds = 5

/** Throws a `ConfigError` for workers that could not start, or that no file could describe. */
export function unitOf(context: Context, flags: ServiceFlags): Unit {
  context.pull()
  const options = checkedOptions(context, {
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.timeout === undefined ? {} : { timeout: parseSeconds(flags.timeout, '--timeout') }),
    ...(flags.grace === undefined ? {} : { grace: parseSeconds(flags.grace, '--grace') }),
  })
  const { root, file } = context.config
  const grace = Math.ceil(options.graceMs / 1_000)
  const unit: Unit = {
    name: flags.name === undefined ? nameOf(root, options.queues) : checkedName(flags.name),
    root,
    node: process.execPath,
    script: scriptOf(root),
    args: argumentsOf(flags, options.queues, grace),
    config: file,
    user: choice(flags.user, checkedUser, () => ownerOf(root)),
    processes: parsePositiveCount(flags.processes, '--processes'),
    log: choice(
      flags.log,
      (folder) => resolve(folder),
      () => join(root, 'log'),
    ),
    stopSeconds: grace + beyondGrace,
    store: storeOf(context),
  }
  for (const path of [root, unit.node, unit.script, file, unit.log.value]) refuseControls(path)
  return unit
}

/** The whole command, a word each. */
export function commandOf({ node, script, args, config }: Unit): readonly string[] {
  return [node, script, ...args, ...(config === null ? [] : [`--config=${config}`])]
}

/** The grace time is said even where it is the default: a stop time-out that is written down must stay above it. */
function argumentsOf(flags: ServiceFlags, queues: readonly string[], grace: Seconds): readonly string[] {
  const { connection, timeout } = flags
  return [
    'work',
    '--daemon',
    `--queue=${queues.join(',')}`,
    ...(connection === undefined ? [] : [`--connection=${connection}`]),
    ...(timeout === undefined ? [] : [`--timeout=${timeout.trim()}`]),
    `--grace=${grace}`,
  ]
}

/** By the name under which the project has it: the folder behind may be called otherwise after an upgrade. */
function scriptOf(root: string): string {
  const own = realpathSync(process.argv[1]!)
  const installed = [root, projectOf(process.argv[1]) ?? root].map((folder) =>
    join(folder, 'node_modules', 'thinkq', 'bin', 'queue.js'),
  )
  return installed.find((file) => existsSync(file) && realpathSync(file) === own) ?? own
}

function storeOf({ connector, connection, config }: Context): string | null {
  if (!(connector instanceof DatabaseConnector)) return null
  return sqliteFile(connection.options as DatabaseConnectorOptions, config.root)
}

/** Such as `shop-reserve_notice`: names of programs are shared by all projects of a machine. */
function nameOf(root: string, queues: readonly string[]): string {
  const words = [basename(root), ...queues].map((word) => word.replace(/[^A-Za-z0-9_]+/g, '-'))
  const name = words.join('-').slice(0, 100)
  return name.replace(/-{2,}/g, '-').replace(/^[-_]+|-$/g, '') || 'queue'
}

function choice(asked: string | undefined, read: (text: string) => string, usual: () => string): Choice {
  return asked === undefined ? { value: usual(), isAsked: false } : { value: read(asked), isAsked: true }
}

function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(name)) return name
  throw new ConfigError(
    `--name is "${oneLine(name)}"; expected letters, digits, - and _, such as send_notice`,
  )
}

function checkedUser(user: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(user)) return user
  throw new ConfigError(
    `--user is "${oneLine(user)}"; expected the name of a user of this system, such as www-data`,
  )
}

function refuseControls(path: string | null): void {
  if (path && /\p{Cc}/u.test(path))
    throw new ConfigError(`the path "${oneLine(path)}" has a control character, which no such file can hold`)
}
