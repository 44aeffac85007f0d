import type { Ms } from '../contract/time.ts'

/** What signals do to a worker. */
export interface Signalled {
  stop(reason: 'signal'): void
  stopNow(reason: 'signal'): void
  quiet(): void
  resume(): void
}

export interface SignalOptions {
  /** What running jobs are given after the first signal. */
  readonly graceMs: Ms
  /** Told of every signal that is obeyed, before it is. */
  readonly heard?: (signal: NodeJS.Signals, what: 'stop' | 'stop now' | 'pause' | 'resume') => void
  /** Told after how long the process ends at the latest, for somebody who can end it when its loop is blocked. */
  readonly endsIn?: (delayMs: Ms) => void
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** What a worker takes beyond the grace time to tell its store of the last jobs; then the process ends whatever hangs. */
const beyondGraceMs: Ms = 7_000

/**
 * Obeys the signals of the process: TERM, INT and QUIT stop, a second one of them stops now, USR2 pauses, CONT resumes. After
 * a stop the process ends with code 1 if it still lives `graceMs` + 7 s later. The answer takes the handlers away again.
 */
export function obeySignals(worker: Signalled, { graceMs, heard, endsIn }: SignalOptions): () => void {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    heard?.(signal, stopping ? 'stop now' : 'stop')
    const delayMs = (stopping ? 0 : graceMs) + beyondGraceMs
    endAfter(delayMs)
    endsIn?.(delayMs)
    if (stopping) worker.stopNow('signal')
    else worker.stop('signal')
    stopping = true
  }
  const pause = (signal: NodeJS.Signals) => {
    heard?.(signal, 'pause')
    worker.quiet()
  }
  const resume = (signal: NodeJS.Signals) => {
    heard?.(signal, 'resume')
    worker.resume()
  }
  const removers = stopSignals.map((signal) => listen(signal, stop))
  if (process.platform !== 'win32') removers.push(listen('SIGUSR2', pause), listen('SIGCONT', resume))
  return () => {
    for (const remove of removers) remove()
  }
}

/** Calls `end` once, at the first signal that stops. The answer takes the handlers away again. */
export function onStopSignal(end: (signal: NodeJS.Signals) => void): () => void {
  const removers = stopSignals.map((signal) => listen(signal, end))
  return () => {
    for (const remove of removers) remove()
  }
}

/** Calls `reload` at each SIGHUP, which would end the process otherwise. The answer takes the handler away again. */
export function onHangUp(reload: (signal: NodeJS.Signals) => void): () => void {
  return process.platform === 'win32' ? () => undefined : listen('SIGHUP', reload)
}

/** USR2 pauses, CONT resumes. The answer takes the handlers away again. */
export function onPauseSignal(pause: () => void, resume: () => void): () => void {
  if (process.platform === 'win32') return () => {}
  const removers = [listen('SIGUSR2', pause), listen('SIGCONT', resume)]
  return () => {
    for (const remove of removers) remove()
  }
}

/** Told of what nobody caught: an exception, or a promise that rejected. The process goes on. */
export function onUncaught(tell: (error: unknown) => void): () => void {
  process.on('uncaughtException', tell)
  process.on('unhandledRejection', tell)
  return () => {
    process.off('uncaughtException', tell)
    process.off('unhandledRejection', tell)
  }
}

/** Calls `tell` when the process ends while it listens, with time for what is done at once; the code is never 0 then. */
export function onExit(tell: (code: number) => void): () => void {
  const heard = (code: number) => {
    tell(code)
    process.exitCode = code || 1
  }
  process.on('exit', heard)
  return () => {
    process.off('exit', heard)
  }
}

/** The last word: ends the process with code 1 then, unless it has ended by itself. */
function endAfter(delayMs: Ms): void {
  setTimeout(() => process.exit(1), Math.min(delayMs, 2 ** 31 - 1)).unref()
}

function listen(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): () => void {
  process.on(signal, listener)
  return () => {
    process.off(signal, listener)
  }
}
