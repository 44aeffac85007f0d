import { isOutcomeUnknown, RedisFailure } from './errors.ts'
import type { Fence } from './fence.ts'
import type { Link } from './link.ts'
import type { PushCommand } from './push-command.ts'
import { frame, type WrittenArguments } from './resp.ts'
import type { ScriptCall } from './script-call.ts'

interface BulkParts {
  readonly link: Link
  readonly fence: Fence
  /** The same push by the script, which does nothing when the bit is set. */
  readonly call: () => ScriptCall
  readonly list: string
  readonly bodies: WrittenArguments
  readonly bitmap: string
  readonly bit: number
}

/**
 * Many plain jobs for one queue, by a transaction where the connection watches the fence: a script would have Lua make and hash a text
 * of each. What a transaction cannot undo, and all that is sent a second time, is left to the script.
 */
export class BulkPush implements PushCommand {
  readonly #parts: BulkParts

  constructor(parts: BulkParts) {
    this.#parts = parts
  }

  async send(): Promise<void> {
    const { link, fence, call } = this.#parts
    if (fence.isWatchedBy(link)) {
      if (await this.#transaction()) return
    } else fence.begin(link)
    await link.perform(call())
  }

  async again(): Promise<void> {
    const { link, fence, call } = this.#parts
    try {
      await fence.raise(link)
    } catch (error) {
      throw stillUnknown(error)
    }
    await link.perform(call())
  }

  /** False when it was not carried out, or not as it should have been. */
  async #transaction(): Promise<boolean> {
    const { link, fence, list, bodies, bitmap, bit } = this.#parts
    const request = bodies.behind(`*${bodies.count + 2}\r\n${frame('RPUSH')}${frame(list)}`)
    const sent = link.inOneWrite(() => [
      link.send('MULTI', []),
      link.send('SETBIT', [bitmap, bit, 1]),
      link.sendWhole('RPUSH', { keys: [list], args: () => undefined, request: () => request }),
      link.send('EXEC', []),
      fence.watch(link),
    ])
    // The watch as well: the next bulk, which may follow at once, needs it.
    const outcomes = await Promise.allSettled(sent)
    const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
    if (refusals.length > 0) throw refusals.find(isOutcomeUnknown) ?? refusals[0]
    const done = (outcomes[3] as PromiseFulfilledResult<unknown>).value
    return Array.isArray(done) && typeof done[1] === 'number'
  }
}

/** The repeat could not begin: what became of the first attempt is as open as before. */
function stillUnknown(error: unknown): unknown {
  if (!(error instanceof RedisFailure)) return error
  const { message, transient, code } = error
  return new RedisFailure(message, { transient, code, isOutcomeUnknown: true })
}
