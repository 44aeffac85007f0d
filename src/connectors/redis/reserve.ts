import type { Reservation } from '../../contract/connector.ts'
import { foreignMember } from './foreign.ts'
import type { QueueKeys } from './keys.ts'
import type { Link } from './link.ts'
import { restoreScript } from './lua/restore.ts'
import { memberFacts, uncounted } from './member.ts'

/** What a decoder writes for bytes that are no UTF-8. */
const replacement = '\ufffd'

/** Laravel and think-queue 3 write it always; their attempts are no longer 0 when they have released a job. */
const foreignKey = '"maxTries"'

/** What the members of one queue are. */
export interface ReadMembers {
  readonly reservations: readonly Reservation[]
  /** Members that another queue's make wrote, in their order, and whose they are. */
  readonly alien: readonly string[]
  readonly whose: string | null
  /** Whether the text of some may not be their bytes. */
  readonly isDamaged: boolean
}

const none: readonly never[] = []

/** Whether to take from paused queues too, as scripts are told. */
export function forced(force: boolean | undefined): '1' | '0' {
  return force === true ? '1' : '0'
}

/** Makes deliveries of members, all but those that are not for us. */
export function readMembers(queue: string, members: readonly string[]): ReadMembers {
  const reservations: Reservation[] = []
  let alien: string[] | undefined
  let whose: string | null = null
  let isDamaged = false
  for (const body of members) {
    const { id, attempts } = memberFacts(body)
    const foreign = attempts === 0 || body.includes(foreignKey) ? foreignMember(body) : null
    if (foreign !== null) {
      whose = foreign
      alien ??= []
      alien.push(body)
      continue
    }
    if (body.includes(replacement)) isDamaged = true
    const damage = body.endsWith(`"attempts":${attempts}}`) ? undefined : uncounted(body)
    const reservation = { id, queue, body, attempts: attempts === 0 ? 1 : attempts, receipt: body }
    reservations.push(damage === undefined ? reservation : { ...reservation, damage })
  }
  return { reservations, alien: alien ?? none, whose, isDamaged }
}

/** Puts members back where they were. */
export async function putBack(
  link: Link,
  { list, reserved }: QueueKeys,
  alien: readonly string[],
): Promise<void> {
  await link.run(restoreScript, [list, reserved], alien)
}

/** Finds the bytes of members that may be no UTF-8: their text alone would not name them. */
export async function withBytes(
  link: Link,
  { reserved }: QueueKeys,
  reservations: readonly Reservation[],
): Promise<readonly Reservation[]> {
  const byText = new Map<string, Buffer[]>()
  for (const member of (await link.sendBuffer('ZRANGE', [reserved, 0, -1])) as Buffer[]) {
    const text = member.toString()
    if (!text.includes(replacement) || Buffer.from(text).equals(member)) continue
    const known = byText.get(text)
    if (known === undefined) byText.set(text, [member])
    else known.push(member)
  }
  return reservations.map((reservation) => {
    const bytes = byText.get(reservation.body)?.pop()
    if (bytes === undefined) return reservation
    return { ...reservation, receipt: bytes.toString('latin1'), damage: 'its bytes are no UTF-8' }
  })
}
