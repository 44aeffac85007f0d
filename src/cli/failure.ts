import { CommanderError } from '@commander-js/extra-typings'
import { ConfigError, PayloadError, QueueError } from '../contract/errors.ts'
import { safeLines } from './output.ts'

/** Thrown by a command that has said all there is to say: the process ends with this code. */
export class Exit extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`)
    this.name = 'Exit'
    this.exitCode = exitCode
  }
}

/** What an error means to the shell, and what is said of it; null: it has been said. */
export interface Failure {
  readonly exitCode: number
  readonly message: string | null
}

const usageCodes = ['JOB_NAME', 'JOB_SETTING', 'DELAY']

/** 2 for what the user can mend in the command, the configuration or the data; 1 for everything else. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Exit) return { exitCode: error.exitCode, message: null }
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2, message: null }
  const message = safeLines(messageOf(error))
  return { exitCode: isUsage(error) ? 2 : 1, message }
}

function isUsage(error: unknown): boolean {
  if (error instanceof ConfigError || error instanceof PayloadError) return true
  return error instanceof QueueError && usageCodes.includes(error.code)
}

/** Our own errors speak for themselves; what else is thrown is a fault of code, and needs its place. */
function messageOf(error: unknown): string {
  if (error instanceof QueueError) return error.message
  if (error instanceof Error) return error.stack ?? `${error.name}: ${error.message}`
  return `something threw ${String(error)}`
}
