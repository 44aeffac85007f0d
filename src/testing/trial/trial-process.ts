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
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
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
  await within(streamsMs, closed)
  for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  return { news, how: signal === null ? `with code ${code}` : `by ${signal}`, isLate, output: output() }
}

function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr])
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-longestOutput)
    })
  return () => text.trimEnd()
}

function within(ms: Ms, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(ms, resolve)
    void promise.then(() => {
      cancel()
      resolve()
    })
  })
}
