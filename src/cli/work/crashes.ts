import type { Log } from '../../process/log.ts'
import { onExit, onUncaught } from '../../process/signals.ts'
import type { Culprit } from '../../worker/attribution.ts'
import type { Worker } from '../../worker/worker.ts'
import { oneLine, safeLines, shortened } from '../output.ts'
import { redact } from '../secrets.ts'
import { longestName } from './job-records.ts'

type CrashingWorker = Pick<Worker, 'running' | 'culpritOf' | 'crash'>

/** What a job does to the whole process: errors nobody caught, and `process.exit`. Each answer takes the watch away again. */
export function crashCauses(worker: CrashingWorker, log: Log): readonly (() => void)[] {
  return [
    onUncaught((error) => {
      const culprit = worker.culpritOf(error)
      const whose = culprit === undefined ? during(worker) : ` of ${titled(culprit)}${state(culprit)}`
      log.error(
        { ...fields(culprit), error: redact(textOf(error)), ...stackIn(error) },
        safe(`nobody caught an error${whose}: ${textOf(error)}`),
      )
      worker.crash(error, culprit)
    }),
    onExit((code) => {
      const culprit = worker.culpritOf(new Error('where the process was told to exit'))
      log.error(fields(culprit), safe(exitText(worker, code, culprit)))
    }),
  ]
}

function exitText(worker: CrashingWorker, code: number, culprit: Culprit | undefined): string {
  const by = culprit === undefined ? '' : `${titled(culprit)} called process.exit: `
  const later = worker.running.size === 0 ? '' : '; what ran comes back when its lease ends'
  return `${by}the process ended with code ${code}${during(worker)}${later}`
}

function fields(culprit: Culprit | undefined) {
  return culprit === undefined ? {} : { job: shortened(culprit.name, longestName), id: culprit.id }
}

function titled({ name, id }: Pick<Culprit, 'name' | 'id'>): string {
  return `${shortened(name, longestName)}${id === undefined ? '' : ` (${id})`}`
}

function state({ delivery }: Culprit): string {
  if (delivery === undefined) return ', which had ended'
  return delivery.settlement === undefined ? ', which fails' : `, which was ${delivery.outcome} before`
}

function during({ running }: CrashingWorker): string {
  const names = [...running].map(titled)
  return names.length === 0 ? '' : ` while ${names.join(', ')} ran`
}

function stackIn(error: unknown) {
  const stack = read(() => (error instanceof Error ? error.stack : undefined))
  return typeof stack === 'string' ? { stack: redact(stack) } : {}
}

function textOf(error: unknown): string {
  const text = read(() =>
    error instanceof Error ? `${error.name}: ${error.message}` : `something threw ${String(error)}`,
  )
  return text ?? 'it cannot be described'
}

/** What was thrown may throw again when it is looked at. */
function read<Value>(get: () => Value): Value | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}

function safe(text: string): string {
  return oneLine(redact(safeLines(text)))
}
