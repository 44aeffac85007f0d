import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'
import { builtScript } from '../../process/own-package.ts'
import { lastWordsOf } from '../../process/own-process.ts'
import type { TrialNews } from './order.ts'

/** How the process of one delivery ended. */
export interface TrialEnd {
  /** Its last news; undefined: it ended without any. */
  readonly news: TrialNews | undefined
  /** In words. */
  readonly how: string
  readonly isLate: boolean
  /** The last that it printed, on both streams. */
  readonly output: string
}

const script = fileURLToPath(builtScript('testing/trial/trial-entry'))
const longestOutput = 16 * 1024
/** What it left running may hold its streams open. */
const streamsMs: Ms = 250

/** Runs one delivery by the order in that file; resolves when its process is gone. It is killed after `timeoutMs`. */
export async function runTrial(order: string, timeoutMs: Ms): Promise<TrialEnd> {
  const child = spawn(process.execPath, [script, JSON.stringify({ order })], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  let news: TrialNews | undefined
  let isLate = false
  const output = outputOf(child)
  child.on('message', (message: TrialNews) => {
    news ??= message
    // It ends by itself then, so that what it does at its end is done.
    if (child.connected) child.disconnect()
  })
  const cancel = systemClock.after(timeoutMs, () => {
    isLate = true
    child.kill('SIGKILL')
  })
  const { code, signal } = await lastWordsOf(child)
  cancel()
  const how = signal === null ? `with code ${code}` : `by ${signal}`
  return { news, how, isLate, output: await output() }
}

/** What it prints, to be asked for when it is gone. */
function outputOf({ stdout, stderr }: ChildProcess): () => Promise<string> {
  let text = ''
  const closed = [stdout!, stderr!].map((stream) => {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-longestOutput)
    })
    return new Promise((resolve) => stream.once('close', resolve))
  })
  return async () => {
    const cancel = systemClock.after(streamsMs, () => [stdout!, stderr!].map((stream) => stream.destroy()))
    await Promise.all(closed)
    cancel()
    return text.trimEnd()
  }
}
