import { randomBytes } from 'node:crypto'
import type { Envelope } from '../../contract/connector.ts'
import { PayloadError, PushOutcomeUnknown } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { checkQueueName } from '../../payload.ts'
import { isOutcomeUnknown } from './errors.ts'
import { byQueue } from './groups.ts'
import type { Keys, QueueKeys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { pushScript } from './lua/push.ts'
import { isDigestible } from './member.ts'
import type { Registrar } from './registrar.ts'
import { seconds, secondsOrNone } from './seconds.ts'

/** How long a push command is known, so that it can be repeated: seconds. */
const rememberedSeconds = 600
/** So often the life of a producer's bitmap is prolonged. */
const keptSeconds = 60
/** Bits in one key of a producer: 4 KB. */
const bitsInKey = 32_768
/** A command is sent when so many characters are together, though more may follow in the same tick. */
const fullCharacters = 1_000_000

/** Jobs of one tick on their way, and who waits for them. */
interface Gathering {
  readonly batch: Envelope[]
  characters: number
  sent: Promise<void> | undefined
}

/** One command: what it stores, and what it is known by when it is sent again. */
interface PushCommand {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** A queue and what goes into it. */
type Part = readonly [queue: string, envelopes: readonly Envelope[]]

/** The producer's side: what is pushed in one tick travels in one command. */
export class Pusher {
  readonly #link: () => Promise<Link>
  readonly #keys: Keys
  readonly #registrar: Registrar
  readonly #producer = randomBytes(9).toString('base64url')
  readonly #keptUntil = new Map<string, Ms>()
  #commands = 0
  #gathering: Gathering | undefined

  constructor(link: () => Promise<Link>, keys: Keys, registrar: Registrar) {
    this.#link = link
    this.#keys = keys
    this.#registrar = registrar
  }

  /** Rejects with `PushOutcomeUnknown` when the answer was lost, with a `StoreError` when nothing was stored. */
  async push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    for (const { body } of batch) refuseIndigestible(body)
    const ids = batch.map(({ id }) => id)
    await answering(ids, now === undefined ? this.#gather(batch) : this.#send(batch, now))
    return ids
  }

  #gather(batch: readonly Envelope[]): Promise<void> {
    const open = this.#gathering
    const gathering = open ?? { batch: [], characters: 0, sent: undefined }
    for (const envelope of batch) {
      gathering.batch.push(envelope)
      gathering.characters += envelope.body.length
    }
    if (open === undefined) {
      this.#gathering = gathering
      gathering.sent = new Promise((resolve, reject) => {
        process.nextTick(() => {
          if (this.#gathering === gathering) this.#gathering = undefined
          this.#send(gathering.batch).then(resolve, reject)
        })
      })
    }
    if (gathering.characters >= fullCharacters) this.#gathering = undefined
    return gathering.sent!
  }

  async #send(batch: readonly Envelope[], now?: Ms): Promise<void> {
    const link = await this.#link()
    const queues = byQueue(batch)
    const names = [...queues.keys()]
    if (!this.#registrar.knows(names)) await this.#registrar.add(names.map(checkQueueName))
    const commands = this.#commandsFor([...queues], link.isCluster, now)
    await deliver(link, commands)
  }

  /** One command for all, or on a cluster one for each queue. */
  #commandsFor(parts: readonly Part[], isCluster: boolean, now?: Ms): readonly PushCommand[] {
    const groups = isCluster ? parts.map((part) => [part]) : [parts]
    return groups.map((group) => this.#command(group, now))
  }

  /** Whether that bitmap was told how long to live a while ago. */
  #isKept(key: string): boolean {
    const now = performance.now()
    if (now < (this.#keptUntil.get(key) ?? 0)) return true
    if (this.#keptUntil.size > 1_000) this.#keptUntil.clear()
    this.#keptUntil.set(key, now + keptSeconds * 1_000)
    return false
  }

  #command(parts: readonly Part[], now?: Ms): PushCommand {
    const number = this.#commands++
    const first = this.#keys.of(parts[0]![0])
    const keys = [`${first.pushes}${this.#producer}:${Math.floor(number / bitsInKey)}`]
    const args: Argument[] = [
      secondsOrNone(now),
      number % bitsInKey,
      rememberedSeconds,
      this.#isKept(keys[0]!) ? '' : rememberedSeconds + 2 * keptSeconds,
    ]
    parts.forEach(([queue, envelopes], place) => {
      const queueKeys = this.#keys.of(queue)
      keys.push(queueKeys.list, queueKeys.delayed, queueKeys.tokens)
      writeJobs(envelopes, place, queueKeys, args)
    })
    return { keys, args }
  }
}

/** A lost answer is told to each caller with the ids of its own jobs. */
async function answering(ids: readonly string[], sent: Promise<void>): Promise<void> {
  try {
    await sent
  } catch (error) {
    if (!(error instanceof LostAnswer)) throw error
    const retry = async () => {
      await answering(ids, error.again())
      return ids
    }
    throw new PushOutcomeUnknown(unknownText, retry, { cause: error.cause })
  }
}

/** The commands of a push that may have been carried out; `again` sends the same ones. */
class LostAnswer extends Error {
  readonly again: () => Promise<void>

  constructor(cause: unknown, again: () => Promise<void>) {
    super('the answer to a push was lost', { cause })
    this.again = again
  }
}

/** A part that was refused while another was stored may be repeated, and so counts as unknown. */
async function deliver(link: Link, commands: readonly PushCommand[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    commands.map(({ keys, args }) => link.run(pushScript, keys, args)),
  )
  const failed = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  if (failed.length === 0) return
  if (failed.length === commands.length && !failed.some(isOutcomeUnknown)) throw failed[0]
  throw new LostAnswer(failed[0], () => deliver(link, commands))
}

const unknownText =
  'the answer of Redis to this push was lost: the jobs may be stored or not. error.retry() sends the same command again, which stores them once'

/** Runs of plain jobs become one list; the order of all is kept. */
function writeJobs(
  envelopes: readonly Envelope[],
  place: number,
  { wake }: QueueKeys,
  args: Argument[],
): void {
  let countAt = -1
  for (const { body, delayMs, token } of envelopes) {
    if (token === undefined && delayMs <= 0) {
      if (countAt === -1) countAt = args.push('n', place, 0) - 1
      args[countAt] = (args[countAt] as number) + 1
      args.push(body)
      continue
    }
    countAt = -1
    args.push(token === undefined ? 'l' : 'o', place, wake, seconds(Math.ceil(Math.max(delayMs, 0))), body)
    if (token !== undefined) args.push(token)
  }
}

/** One member that PHP cannot digest stops its workers from ever migrating what expired in that queue. */
function refuseIndigestible(body: string): void {
  if (body.startsWith('{"job":"') && body.endsWith('","attempts":1}') && body.includes(',"data":')) return
  if (isDigestible(body)) return
  throw new PayloadError(
    'payload',
    'is no think-queue payload: an object with job, data, id and attempts is meant',
  )
}
