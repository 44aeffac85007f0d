import { addressText, isLoopback, parseListen } from '../../config/listen.ts'
import type { Config, ListenAddress } from '../../contract/config.ts'
import { ConfigError } from '../../contract/errors.ts'
import { runsOnce, type WorkCommandFlags } from '../work/flags.ts'

/** Where health and metrics are to be served. */
export interface HttpWanted {
  readonly listen: ListenAddress
  /** What readers have to send; null: nothing. */
  readonly token: string | null
}

/** Undefined: nowhere. Throws a `ConfigError`, also for an address that others can reach and nobody guards. */
export function httpWanted(typed: WorkCommandFlags, { http }: Pick<Config, 'http'>): HttpWanted | undefined {
  if (runsOnce(typed)) {
    if (typed.http !== undefined)
      throw new ConfigError(
        '--http is for workers that keep running, and this one runs one job: add --daemon or --stop-when-empty',
      )
    return undefined
  }
  const listen = typed.http === undefined ? http.listen : parseListen(typed.http, '--http')
  if (listen === null) return undefined
  if (http.token === null && !isLoopback(listen)) throw new ConfigError(openText(listen))
  return { listen, token: http.token }
}

function openText(listen: ListenAddress): string {
  return `${addressText(listen)} can be reached by other machines: set QUEUE_WORKER_HTTP_TOKEN (or worker.http.token) to a secret that readers have to send, or serve health and metrics on 127.0.0.1:${listen.port}`
}
