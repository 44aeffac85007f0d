import { type ChildProcess, type SerializationType, spawn } from 'node:child_process'

export interface OwnProcessOptions {
  readonly env?: NodeJS.ProcessEnv
  /** For node itself, besides ours. */
  readonly nodeArguments?: readonly string[]
  /** Whether it has a fifth stream, the descriptor 4, by which any of its threads can say why it ends. */
  readonly saysWhy?: boolean
  /** How the messages of its channel are written. */
  readonly serialization?: SerializationType
}

/** How a process ended. */
interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Starts a script, absolute, by this very node. Its output is ours, it has a channel to us, and a process group of its own: signals of
 * the terminal do not reach it twice.
 */
export function startOwn(
  script: string,
  args: readonly string[],
  { env = process.env, nodeArguments = [], saysWhy = false, serialization = 'json' }: OwnProcessOptions = {},
): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, ...nodeArguments, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...(saysWhy ? (['pipe'] as const) : [])],
    env,
    serialization,
    detached: process.platform !== 'win32',
  })
}

/** Resolves when it has ended and its channel was read to the end: the last words of a process that was killed are in it. */
export function lastWordsOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    let exit: Exit | undefined
    const end = () => {
      if (exit !== undefined && !child.connected) resolve(exit)
    }
    child.on('error', () => resolve({ code: 1, signal: null }))
    child.once('disconnect', end)
    child.once('exit', (code, signal) => {
      exit = { code, signal }
      end()
    })
  })
}
