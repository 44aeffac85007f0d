import type { Context } from '../compose.ts'
import { ConfigError } from '../contract/errors.ts'
import { onStopSignal } from '../process/signals.ts'
import type { GlobalFlags } from './commands.ts'
import { complain, print, safeLines } from './output.ts'
import { redact } from './secrets.ts'
import { contextOf } from './session.ts'

type RelayFlags = GlobalFlags & { readonly once?: true | undefined }

const noTable = 'Moved 0 jobs: there is no table queue_outbox, for nobody has pushed in a transaction yet.'

/** Moves rows of the outbox until a signal ends it, or once. */
export async function relay(flags: RelayFlags): Promise<void> {
  const context = await contextOf(flags)
  const relay = relayOf(context)
  context.emitter.on('store:warning', ({ message }) => complain(safeLines(redact(message))))
  try {
    if (flags.once) {
      const moved = await relay.drain()
      print(moved === null ? noTable : `Moved ${count(moved)}.`)
      return
    }
    const ended = stopped()
    relay.start()
    print(`Relaying the outbox of connection ${context.name}; Ctrl+C ends it.`)
    await ended
    await relay.stop()
    print(`Moved ${count(relay.moved)}.`)
  } finally {
    await context.close()
  }
}

function relayOf(context: Context) {
  const relay = context.relay()
  if (relay !== undefined) return relay
  const { connection, name } = context
  throw new ConfigError(
    connection.connector === 'redis'
      ? `connection "${name}": there is no database to relay from; set DATABASE_URL, or add a connection of the database connector`
      : `connection "${name}" uses the connector ${connection.connector}, which needs no relay: its pushes commit with their transaction`,
  )
}

/** Resolves at the first signal; until then the process stays alive. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000)
    const remove = onStopSignal(() => {
      clearInterval(alive)
      remove()
      resolve()
    })
  })
}

function count(moved: number): string {
  return moved === 1 ? '1 job' : `${moved} jobs`
}
