import { QueueError } from '../../contract/errors.ts'
import { isReply, isUnsent, RedisFailure, refusal, unreachable } from './errors.ts'
import { placeOf, type RedisTarget } from './target.ts'

/** The code of a failure for a master that the sentinels do not know. */
export const unknownMaster = 'REDIS_MASTER'

const networkTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; check host and port, and that the server runs',
  ENOTFOUND: 'the host name is not known; check host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENOENT: 'that socket does not exist; check the path, and that the server runs',
}

const tlsCodes = /CERT|SSL|TLS|^UNABLE_TO|^EPROTO/
/** How ioredis reports an answer that is not of Redis's protocol. */
const protocolError = /^Protocol error, got ("(?:[^"\\]|\\.)*")/
/** How ioredis reports that no sentinel named the master. */
const sentinelsFailed = /^All sentinels are unreachable.*?(?: Last error: (.*))?$/
/** The type of a TLS alert. */
const alertByte = '"\\u0015"'

const speaksTls = 'if the server speaks TLS, write rediss: or tls: true'
const speaksNoTls = 'if that port does not speak TLS, write redis: or leave tls out'

/** The failure behind an error that made a connection impossible. */
export function connectFailure(error: Error, target: RedisTarget): Error {
  if (error instanceof QueueError) return error
  if (isReply(error)) return refusal(error.message, target)
  const place = placeOf(target)
  const { code, message } = nodeError(error)
  if (code === 'EACCES')
    return new RedisFailure(`Redis at ${place}: this process may not use that socket (EACCES)`, {
      transient: false,
      code,
    })
  if (code !== undefined && tlsCodes.test(code))
    return new RedisFailure(`Redis at ${place}: TLS failed (${code}: ${message}); ${tlsRemedy(code)}`, {
      transient: false,
      code: 'TLS',
    })
  const sentinels = sentinelsFailed.exec(message)
  if (sentinels !== null) return sentinelFailure(sentinels[1], target)
  return unreachable(place, code === undefined ? wordsOf(message, target) : codeText(code, message, target))
}

/** In a few words, for messages that say the rest. */
export function briefly(error: Error): string {
  if (error instanceof QueueError) return error.code
  const { code, message } = nodeError(error)
  if (isUnsent(error)) return closed
  if (protocolError.test(message)) return 'what listens there is no Redis'
  return code ?? message
}

/** Why a connection ended that nobody else gave a reason for. */
export const closed = 'the server closed the connection'

function codeText(code: string, message: string, { tls }: RedisTarget): string {
  if (code === 'ECONNRESET')
    return `the connection was reset; ${tls === undefined ? speaksTls : speaksNoTls} (${code})`
  if (code === 'ETIMEDOUT') {
    const hint = tls === undefined ? '' : `${speaksNoTls}; otherwise `
    return `no answer in time; ${hint}check host, port and the firewall (${code})`
  }
  const text = networkTexts[code]
  return text === undefined ? message : `${text} (${code})`
}

function wordsOf(message: string, target: RedisTarget): string {
  const { tls, path } = target
  const hint = tls === undefined ? speaksTls : speaksNoTls
  const garbage = protocolError.exec(message)?.[1]
  if (garbage === alertByte) return `it answered in TLS; ${speaksTls}`
  if (garbage !== undefined) return `what listens there is no Redis (its answer begins with ${garbage})`
  if (message !== closed || path !== undefined) return message
  return `${message} before it answered; ${hint}`
}

/** `why` is what the last of them was asked in vain. */
function sentinelFailure(why: string | undefined, target: RedisTarget): RedisFailure {
  const place = placeOf(target)
  if (why !== undefined && /No such master/.test(why))
    return new RedisFailure(
      `Redis at ${place} cannot be reached: the sentinels know no master "${target.master}"`,
      {
        transient: true,
        code: unknownMaster,
      },
    )
  if (why !== undefined && /^(NOAUTH|WRONGPASS)/.test(why))
    return new RedisFailure(
      `Redis at ${place} cannot be reached: the sentinels refused: ${why}; set sentinelPassword, and sentinelUsername for a user of their ACL`,
      { transient: false, code: 'NOAUTH' },
    )
  return unreachable(place, `none of the sentinels named the master${why === undefined ? '' : ` (${why})`}`)
}

function tlsRemedy(code: string): string {
  if (code.includes('ALTNAME')) return 'the certificate is of another host: set tls.servername'
  if (/SSL|EPROTO/.test(code)) return 'does that port speak TLS? if not, leave tls out'
  return 'give the authority that signed its certificate as tls.ca'
}

/** The first error of several, as Node reports a host with several addresses. */
function nodeError(error: unknown): { code: string | undefined; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return nodeError(error.errors[0])
  if (!(error instanceof Error)) return { code: undefined, message: String(error) }
  return { code: (error as NodeJS.ErrnoException).code, message: error.message || error.name }
}
