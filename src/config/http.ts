import type { HttpConfig } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'
import { parseListen } from './listen.ts'

interface WrittenHttp {
  readonly listen?: string | undefined
  readonly token?: string | undefined
}

/** What configuration and environment say of health and metrics; the environment goes first. Throws a `ConfigError`. */
export function httpOf(
  written: string | WrittenHttp | undefined,
  env: WrittenHttp,
  where: string,
): HttpConfig {
  const { listen, token } = typeof written === 'string' ? { listen: written } : (written ?? {})
  return {
    listen:
      env.listen !== undefined
        ? parseListen(env.listen, 'environment variable QUEUE_WORKER_HTTP')
        : listen === undefined
          ? null
          : parseListen(listen, `${where}: worker.http`),
    token:
      env.token !== undefined
        ? checkedToken(env.token, 'environment variable QUEUE_WORKER_HTTP_TOKEN')
        : token === undefined
          ? null
          : checkedToken(token, `${where}: worker.http.token`),
  }
}

/** It travels in a header. */
function checkedToken(token: string, name: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new ConfigError(`${name} has a character that cannot be sent; expected ASCII without spaces`)
}
