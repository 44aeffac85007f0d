import { StoreError } from '../../contract/errors.ts'
import { placeOf, type RedisTarget } from './target.ts'

interface FailureOptions {
  readonly transient: boolean
  readonly code: string
  /** Whether the command may have been carried out. */
  readonly isOutcomeUnknown?: boolean
}

/** What went wrong with Redis. It never holds the command: its arguments may be secret. */
export class RedisFailure extends StoreError {
  readonly isOutcomeUnknown: boolean

  constructor(message: string, { isOutcomeUnknown = false, ...options }: FailureOptions) {
    super(message, options)
    this.isOutcomeUnknown = isOutcomeUnknown
  }
}

/** Whether the command that failed may have been carried out all the same. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof RedisFailure && error.isOutcomeUnknown
}

interface Rule {
  readonly transient: boolean
  /** What it means and what to do; empty: the server's own words are enough. */
  readonly remedy: string
}

const aclRemedy =
  'the user of this connection may not do that; docs/redis-acl.md lists what its ACL must allow'
const clusterRemedy =
  'it is a cluster: write cluster: true, which keeps the keys of a queue together, or use a server that is none'
/** Where sentinels or a cluster say who is the master. */
const followed = 'it is a replica now; the master is looked for again'

const rules: Readonly<Record<string, Rule>> = {
  READONLY: { transient: true, remedy: 'it is a replica: name the master, or the sentinels that know it' },
  LOADING: { transient: true, remedy: 'it is still reading its data from disk' },
  BUSY: { transient: true, remedy: 'a script or module keeps it busy' },
  CLUSTERDOWN: { transient: true, remedy: 'the cluster lacks nodes' },
  TRYAGAIN: { transient: true, remedy: 'keys are being moved between nodes' },
  MASTERDOWN: { transient: true, remedy: 'it is a replica that lost its master' },
  NOREPLICAS: { transient: true, remedy: 'it lacks the replicas that min-replicas-to-write asks for' },
  UNBLOCKED: { transient: true, remedy: 'it turned into a replica, or somebody unblocked this client' },
  MISCONF: { transient: true, remedy: 'it cannot write to its disk: look for space and at its log' },
  OOM: { transient: true, remedy: 'its memory is full: raise maxmemory, or work off the queues' },
  NOSCRIPT: { transient: true, remedy: 'it forgot a script twice in a row' },
  MAXCLIENTS: {
    transient: true,
    remedy: 'it has no connection left: raise maxclients, or run fewer workers',
  },
  EXECABORT: { transient: false, remedy: '' },
  NOAUTH: {
    transient: false,
    remedy: 'it wants a password: set password, and username for a user of its ACL',
  },
  WRONGPASS: { transient: false, remedy: 'check username and password, and that the user is on' },
  NOPERM: { transient: false, remedy: aclRemedy },
  CROSSSLOT: { transient: false, remedy: clusterRemedy },
  MOVED: { transient: false, remedy: clusterRemedy },
  ASK: { transient: false, remedy: clusterRemedy },
  WRONGTYPE: {
    transient: false,
    remedy: 'another program uses a key of this queue: set prefix, or remove it',
  },
}

const codes = Object.keys(rules).join('|')
const first = new RegExp(`^(${codes})\\b`)
/** Redis before 7 wraps the error of a command inside a script: `… @user_script: 1: -OOM command not …`. */
const wrapped = new RegExp(`(?:^|[\\s:])-(${codes}) `)
/** What ioredis makes of the last of too many replies. */
const redirected = /^Too many Cluster redirections\. Last error: ReplyError: /
/** The tail that newer ones add. */
const tail = / script: [0-9a-f]{40}, on @user_script:\d+\.?$/

/** The code of an error reply: `READONLY`, `OOM`, …; `ERR` for what has none of its own. */
export function replyCode(message: string): string {
  if (/max number of clients/i.test(message)) return 'MAXCLIENTS'
  if (/^ERR invalid password|^ERR AUTH failed/i.test(message)) return 'WRONGPASS'
  return first.exec(message)?.[1] ?? wrapped.exec(message)?.[1] ?? 'ERR'
}

/** The failure behind an error that Redis answered: the command was refused. */
export function refusal(message: string, target: RedisTarget): RedisFailure {
  const code = replyCode(message.replace(redirected, ''))
  const { transient, remedy: usual } = rules[code] ?? { transient: false, remedy: '' }
  const remedy = code === 'READONLY' && target.kind !== 'single' ? followed : usual
  const said = message.replace(tail, '').replace(/[.\s]+$/, '')
  const text = `Redis at ${placeOf(target)} refused: ${said}${remedy === '' ? '' : `; ${remedy}`}`
  return new RedisFailure(text, { transient, code: code === 'ERR' ? 'REDIS' : code })
}

/** The same failure, saying more. */
export function withDetail(failure: RedisFailure, detail: string): RedisFailure {
  return detail === '' ? failure : new RedisFailure(`${failure.message}: ${detail}`, failure)
}

/** For a command that was sent and whose answer will not come. */
export function lostAnswer(place: string, why: string): RedisFailure {
  return new RedisFailure(
    `Redis at ${place} was lost before it answered (${why}); the command may have been carried out`,
    { transient: true, code: 'REDIS_LOST', isOutcomeUnknown: true },
  )
}

/** For a command that surely never left. */
export function unreachable(place: string, why: string): RedisFailure {
  return new RedisFailure(`Redis at ${place} cannot be reached: ${why}`, {
    transient: true,
    code: 'REDIS_UNREACHABLE',
  })
}

export function closedLink(place: string, isOutcomeUnknown: boolean): RedisFailure {
  return new RedisFailure(`the connection to Redis at ${place} was closed`, {
    transient: false,
    code: 'CLOSED',
    isOutcomeUnknown,
  })
}

/** Whether Redis itself answered with this error, be it once or, on a cluster, each time it was redirected. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ReplyError' || redirected.test(error.message))
}

/** Whether ioredis refused to write: the command never left. */
export function isUnsent(error: unknown): boolean {
  return error instanceof Error && /^(Stream isn't writeable|Cluster isn't ready)/.test(error.message)
}
