import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { ListenAddress } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'

const loopback = '127.0.0.1'

const ours = new BlockList()
ours.addSubnet('127.0.0.0', 8)
ours.addAddress('::1', 'ipv6')

/** `127.0.0.1:9464`, `[::1]:9464`, `name:9464`; without a host it is this machine alone. Throws a `ConfigError` beginning with `name`. */
export function parseListen(text: string, name: string): ListenAddress {
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([\da-f:.]+)\]|([a-z\d][a-z\d.-]*))?:)?(\d{1,5})$/i.exec(text.trim()) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed)))
    throw new ConfigError(
      `${name} is "${text}"; expected host and port such as 127.0.0.1:9464 or [::1]:9464, or a port alone`,
    )
  return { host: bracketed ?? plain ?? loopback, port }
}

/** Whether nobody but this machine can reach it. A name may be anybody's. */
export function isLoopback({ host }: ListenAddress): boolean {
  if (host.toLowerCase() === 'localhost') return true
  if (isIPv4(host)) return ours.check(host)
  return isIPv6(host) && ours.check(host, 'ipv6')
}

/** As in a URL. */
export function addressText({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
