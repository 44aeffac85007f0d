import { existsSync, realpathSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Context } from '../../compose.ts'
import { DatabaseConnector } from '../../connectors/database/index.ts'
import { type DatabaseConnectorOptions, sqliteFile } from '../../connectors/database/options.ts'
import { ConfigError } from '../../contract/errors.ts'
import type { Seconds } from '../../contract/time.ts'
import type { GlobalFlags } from '../commands.ts'
import { oneLine } from '../output.ts'
import { projectOf } from '../session.ts'
import { servedCommand } from './command.ts'
import { ownerOf } from './owner.ts'

export type ServiceFlags = GlobalFlags & {
  readonly [Key in 'queue' | 'name' | 'user' | 'log' | 'processes' | 'timeout' | 'grace']?: string | undefined
}

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
  /** How many of this command: each is a worker, or a parent of several. */
  readonly processes: number
  /** The folder of the log files. */
  readonly log: Choice
  /** How long a stop may take before the process is killed: longer than the worker takes by itself. */
  readonly stopSeconds: Seconds
  /** How much of that is beyond the grace time. */
  readonly beyondGrace: Seconds
  /** The SQLite file that has the jobs; null: a server has them. */
  readonly store: string | null
}

/** Throws a `ConfigError` for workers that could not start, or that no file could describe. */
export function unitOf(context: Context, flags: ServiceFlags): Unit {
  context.pull()
  const { root, file } = context.config
  const command = servedCommand(context, flags)
  const unit: Unit = {
    name: flags.name === undefined ? nameOf(root, command.serves) : checkedName(flags.name),
    root,
    node: process.execPath,
    script: scriptOf(root),
    args: command.args,
    config: file,
    user: choice(flags.user, checkedUser, () => ownerOf(root)),
    processes: command.count,
    log: choice(
      flags.log,
      (folder) => resolve(folder),
      () => join(root, 'log'),
    ),
    stopSeconds: command.grace + command.beyondGrace,
    beyondGrace: command.beyondGrace,
    store: storeOf(context),
  }
  for (const path of [root, unit.node, unit.script, file, unit.log.value]) refuseControls(path)
  return unit
}

/** The whole command, a word each. */
export function commandOf({ node, script, args, config }: Unit): readonly string[] {
  return [node, script, ...args, ...(config === null ? [] : [`--config=${config}`])]
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
function nameOf(root: string, serves: readonly string[]): string {
  const words = [basename(root), ...serves].map((word) => word.replace(/[^A-Za-z0-9_]+/g, '-'))
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
