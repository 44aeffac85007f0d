import type { Command } from 'ioredis'
import type { Pending } from './pending.ts'

/** Makes what ioredis sends of what is pending. */
export type CommandMaker = (pending: Pending) => Command

/** A call that is written out already is sent as it is. */
export async function commandMaker(): Promise<CommandMaker> {
  const { Command } = await import('ioredis')

  class WrittenCommand extends Command {
    readonly #request: string | Buffer

    constructor(name: string, replyEncoding: 'utf8' | null, request: string | Buffer) {
      super(name, [], { replyEncoding })
      this.#request = request
    }

    override toWritable(): string | Buffer {
      return this.#request
    }
  }
  return ({ name, args, encoding, whole }) => {
    const shown = whole === undefined ? args : whole.args(name)
    if (shown === undefined) return new WrittenCommand(name, encoding, whole!.request(name))
    return new Command(name, shown as (string | number | Buffer)[], { replyEncoding: encoding })
  }
}
