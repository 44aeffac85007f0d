import { randomBytes } from 'node:crypto'
import type { Envelope } from '../../contract/connector.ts'
import { PayloadError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { checkQueueName } from '../../payload.ts'
import { BulkPush } from './bulk-push.ts'
import { Fence } from './fence.ts'
import { byQueue } from './groups.ts'
import type { Keys, QueueKeys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { addScript } from './lua/add.ts'
import { pushScript } from './lua/push.ts'
import { isDigestible } from './member.ts'
import { answering, deliver, type PushCommand, scriptPush } from './push-command.ts'
import type { Registrar } from './registrar.ts'
import { WrittenArguments } from './resp.ts'
import { ScriptCall } from './script-call.ts'
import { seconds, secondsOrNone } from './seconds.ts'
import { Way } from './way.ts'

/** How long a push command is known, so that it can be repeated: seconds. */
const rememberedSeconds = 600
/** So often the life of a producer's bitmap is prolonged. */
const keptSeconds = 60
/** Bits in one key of a producer: 4 KB. */
const bitsInKey = 32_768
/** A command is sent when so many characters are together, though more may follow in the same tick. */
const fullCharacters = 1_000_000

/** A delay that is over before the push could be sent: still a delayed job, due at once. */
const leastDelayMs: Ms = 0.001

/** So many jobs are worth the commands around a transaction. */
const fewestInBulk = 50

/** Jobs of one tick on their way, and who waits for them. */
interface Gathering {
  readonly batch: Envelope[]
  /** When the first of them was pushed: delays count from there. */
  readonly since: Ms
  characters: number
  sent: Promise<void> | undefined
}

/** When a push happens: at a time that a test passes, or when it was called. */
interface Moment {
  readonly now?: Ms
  readonly since?: Ms
}

/** A queue and what goes into it. */
type Part = readonly [queue: string, envelopes: readonly Envelope[]]

/** The producer's side: what is pushed in one tick travels in one command. */
export class Pusher {
  readonly #link: Link
  readonly #keys: Keys
  readonly #registrar: Registrar
  readonly #producer = randomBytes(9).toString('base64url')
  readonly #keptUntil = new Map<string, Ms>()
  readonly #fences = new Map<string, Fence>()
  readonly #way: Pick<Way, 'ms' | 'took'>
  #commands = 0
  #gathering: Gathering | undefined

  constructor(link: Link, keys: Keys, registrar: Registrar, way: Pick<Way, 'ms' | 'took'> = new Way()) {
    this.#link = link
    this.#keys = keys
    this.#registrar = registrar
    this.#way = way
  }

  /** Rejects with `PushOutcomeUnknown` when the answer was lost, with a `StoreError` when nothing was stored. */
  push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    for (const { body } of batch) refuseIndigestible(body)
    const ids = batch.map(({ id }) => id)
    return answering(ids, now === undefined ? this.#gather(batch) : this.#send(batch, { now }))
  }

  #gather(batch: readonly Envelope[]): Promise<void> {
    const open = this.#gathering
    const gathering = open ?? { batch: [], since: performance.now(), characters: 0, sent: undefined }
    for (const envelope of batch) {
      gathering.batch.push(envelope)
      gathering.characters += envelope.body.length
    }
    if (open === undefined) {
      this.#gathering = gathering
      gathering.sent = new Promise((resolve, reject) => {
        process.nextTick(() => {
          if (this.#gathering === gathering) this.#gathering = undefined
          this.#send(gathering.batch, gathering).then(resolve, reject)
        })
      })
    }
    if (gathering.characters >= fullCharacters) this.#gathering = undefined
    return gathering.sent!
  }

  /** The jobs themselves are let go of once they are written out: to keep thousands until the answer comes costs much collecting. */
  #send(batch: readonly Envelope[], moment: Moment): Promise<void> {
    const parts = partsOf(batch)
    const queues = parts.map(queueOf)
    if (this.#link.isUp && this.#registrar.knows(queues)) return this.#deliver(parts, moment)
    return this.#makeReady(queues).then(() => this.#deliver(parts, moment))
  }

  async #makeReady(queues: readonly string[]): Promise<void> {
    await this.#link.open()
    if (!this.#registrar.knows(queues)) await this.#registrar.add(queues.map(checkQueueName))
  }

  /** One command for all, or on a cluster one for each queue. */
  #deliver(parts: readonly Part[], moment: Moment): Promise<void> {
    const commands = this.#link.isCluster
      ? parts.map((part) => this.#command([part], moment))
      : [this.#command(parts, moment)]
    return deliver(commands, (command) => command.send())
  }

  /** Whether that bitmap was told how long to live a while ago. */
  #isKept(key: string): boolean {
    const now = performance.now()
    if (now < (this.#keptUntil.get(key) ?? 0)) return true
    if (this.#keptUntil.size > 1_000) this.#keptUntil.clear()
    this.#keptUntil.set(key, now + keptSeconds * 1_000)
    return false
  }

  #command(parts: readonly Part[], { now, since }: Moment): PushCommand {
    const link = this.#link
    const number = this.#commands++
    const first = this.#keys.of(parts[0]![0])
    const bitmap = `${first.pushes}${this.#producer}:${Math.floor(number / bitsInKey)}`
    const bit = number % bitsInKey
    const isKept = this.#isKept(bitmap)
    if (parts.length === 1 && isKept && now === undefined && parts[0]![1].every(isPlain))
      return this.#plain(parts[0]!, bitmap, bit)
    const keys = [bitmap]
    const args: Argument[] = [
      secondsOrNone(now),
      bit,
      rememberedSeconds,
      isKept ? '' : rememberedSeconds + 2 * keptSeconds,
    ]
    for (const [queue] of parts) {
      const { list, delayed, tokens } = this.#keys.of(queue)
      keys.push(list, delayed, tokens)
    }
    const lateMs = since === undefined ? 0 : performance.now() - since + this.#way.ms
    parts.forEach(([queue, envelopes], place) => {
      writeJobs(envelopes, { place, wake: this.#keys.of(queue).wake, lateMs }, args)
    })
    return this.#timed(scriptPush(link, new ScriptCall(pushScript, keys, args, link)))
  }

  /** What it takes is what the next delayed job will take. */
  #timed({ send, again }: PushCommand): PushCommand {
    return {
      send: async () => {
        const sentAt = performance.now()
        await send()
        this.#way.took(performance.now() - sentAt)
      },
      again,
    }
  }

  /** Jobs due now of one queue. */
  #plain([queue, envelopes]: Part, bitmap: string, bit: number): PushCommand {
    const link = this.#link
    const keys = this.#keys.of(queue)
    const { list } = keys
    const bodies = envelopes.map(({ body }) => body)
    if (link.isCluster || bodies.length < fewestInBulk)
      return scriptPush(link, new ScriptCall(addScript, [bitmap, list], [bit, ...bodies], link))
    const written = new WrittenArguments(bodies)
    const call = () => new ScriptCall(addScript, [bitmap, list], [bit], link, written)
    return new BulkPush({ link, fence: this.#fence(keys), call, list, bodies: written, bitmap, bit })
  }

  #fence({ pushes }: QueueKeys): Fence {
    let fence = this.#fences.get(pushes)
    if (fence === undefined) {
      fence = new Fence(`${pushes}${this.#producer}:fence`)
      this.#fences.set(pushes, fence)
    }
    return fence
  }
}

function partsOf(batch: readonly Envelope[]): readonly Part[] {
  const { queue } = batch[0]!
  return batch.every((each) => each.queue === queue) ? [[queue, batch]] : [...byQueue(batch)]
}

function queueOf([queue]: Part): string {
  return queue
}

function isPlain({ token, delayMs }: Envelope): boolean {
  return token === undefined && delayMs <= 0
}

/** Runs of plain jobs become one list; the order of all is kept. */
function writeJobs(
  envelopes: readonly Envelope[],
  { place, wake, lateMs }: { readonly place: number; readonly wake: string; readonly lateMs: Ms },
  args: Argument[],
): void {
  let countAt = -1
  for (const envelope of envelopes) {
    const { body, delayMs, token } = envelope
    if (isPlain(envelope)) {
      if (countAt === -1) countAt = args.push('n', place, 0) - 1
      args[countAt] = (args[countAt] as number) + 1
      args.push(body)
      continue
    }
    countAt = -1
    const dueMs = delayMs <= 0 ? 0 : Math.max(Math.ceil(delayMs) - lateMs, leastDelayMs)
    args.push(token === undefined ? 'l' : 'o', place, wake, seconds(dueMs), body)
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
