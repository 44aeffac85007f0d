import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import type { Ended } from './project.ts'

let turn: Promise<unknown> = Promise.resolve()

/**
 * Runs a command in the process of the tests, as if started in that folder, which takes a hundredth of the time that a process of its
 * own does: for commands that end by themselves, and files of a project that do not change. One after another.
 */
export function commandHere(folder: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ended> {
  const run = turn.then(() => inPlace(folder, env, args))
  turn = run.catch(() => undefined)
  return run
}

async function inPlace(folder: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ended> {
  const before = { env: process.env, folder: process.cwd(), argv: process.argv }
  const output = { stdout: '', stderr: '' }
  const restore = [
    capture(process.stdout, (text) => {
      output.stdout += text
    }),
    capture(process.stderr, (text) => {
      output.stderr += text
    }),
  ]
  process.env = { ...env }
  process.chdir(folder)
  process.argv = [process.execPath, join(folder, 'node_modules', '.bin', 'queue'), ...args]
  try {
    const code = await main(process.argv)
    return { code, signal: null, ...output }
  } finally {
    Object.assign(process, { env: before.env, argv: before.argv })
    process.chdir(before.folder)
    for (const each of restore) each()
  }
}

/** What is written goes to `hear` instead, until the answer is called. */
function capture(stream: NodeJS.WriteStream, hear: (text: string) => void): () => void {
  const { write } = stream
  stream.write = ((text: string, ...rest: unknown[]) => {
    hear(text)
    const done = rest.findLast((each) => typeof each === 'function') as (() => void) | undefined
    done?.()
    return true
  }) as typeof write
  return () => {
    stream.write = write
  }
}
