import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Starts a script, absolute, by this very node. Its output is ours, it has a channel to us, and a process group of its own: signals of
 * the terminal do not reach it twice.
 */
export function startOwn(script: string, args: readonly string[], env = process.env): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
    detached: process.platform !== 'win32',
  })
}
