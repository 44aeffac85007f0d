import { PushOutcomeUnknown } from '../../contract/errors.ts'
import { isOutcomeUnknown } from './errors.ts'
import type { Link } from './link.ts'
import type { ScriptCall } from './script-call.ts'

/** A push on its way: it may be sent again when its answer was lost, and stores its jobs once. */
export interface PushCommand {
  send(): Promise<unknown>
  again(): Promise<unknown>
}

/** A push by the script, which knows by itself what was carried out. */
export function scriptPush(link: Link, call: ScriptCall): PushCommand {
  const send = () => link.perform(call)
  return { send, again: send }
}

/** A lost answer is told to each caller with the ids of its own jobs. */
export async function answering(ids: readonly string[], sent: Promise<void>): Promise<readonly string[]> {
  try {
    await sent
    return ids
  } catch (error) {
    if (!(error instanceof LostAnswer)) throw error
    const retry = () => answering(ids, error.again())
    throw new PushOutcomeUnknown(unknownText, retry, { cause: error.cause })
  }
}

/** The commands of a push may have been carried out; `again` sends the same ones. */
class LostAnswer extends Error {
  readonly again: () => Promise<void>

  constructor(cause: unknown, again: () => Promise<void>) {
    super('the answer to a push was lost', { cause })
    this.again = again
  }
}

/** A part that was refused while another was stored may be repeated, and so counts as unknown. */
export async function deliver(
  commands: readonly PushCommand[],
  send: (command: PushCommand) => Promise<unknown>,
): Promise<void> {
  if (commands.length === 1) return deliverOne(commands[0]!, send)
  const outcomes = await Promise.allSettled(commands.map(send))
  const failed = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  if (failed.length === 0) return
  if (failed.length === commands.length && !failed.some(isOutcomeUnknown)) throw failed[0]
  throw new LostAnswer(failed[0], () => deliver(commands, (command) => command.again()))
}

async function deliverOne(
  command: PushCommand,
  send: (command: PushCommand) => Promise<unknown>,
): Promise<void> {
  try {
    await send(command)
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error
    throw new LostAnswer(error, () => deliverOne(command, (again) => again.again()))
  }
}

const unknownText =
  'the answer of Redis to this push was lost: the jobs may be stored or not. error.retry() sends the same command again, which stores them once'
