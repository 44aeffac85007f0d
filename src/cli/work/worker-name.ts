import { hostname } from 'node:os'

/** What the log calls a worker, unless somebody named it. */
export function workerName(given: string | undefined): string {
  return given ?? `${hostname()}:${process.pid}`
}
