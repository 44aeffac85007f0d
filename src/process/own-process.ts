import { type ChildProcess, type SerializationType, spawn } from 'node:child_process'

export interface OwnProcessOptions {
  readonly env?: NodeJS.ProcessEnv
  /** For node itself, besides ours. */
  readonly nodeArguments?: readonly string[]
  /** Whether it has a fifth stream, the descriptor 4, by which any of its threads can say why it ends. */
  readonly lastWords?: boolean
  /** How the messages of its channel are written. */
  readonly serialization?: SerializationType
}

/**
 * Starts a script, absolute, by this very node. Its output is ours, it has a channel to us, and a process group of its own: signals of
 * the terminal do not reach it twice.
 */
export function startOwn(
  script: string,
  args: readonly string[],
  {
    env = process.env,
    nodeArguments = [],
    lastWords = false,
    serialization = 'json',
  }: OwnProcessOptions = {},
): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, ...nodeArguments, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...(lastWords ? (['pipe'] as const) : [])],
    env,
    serialization,
    detached: process.platform !== 'win32',
  })
}
