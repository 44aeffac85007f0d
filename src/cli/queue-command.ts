import { Command } from '@commander-js/extra-typings'

type Refusal = (this: Command, flag: string) => void

/** Asks what was meant by `--jop=Fails` as commander does by `--jop`: it would compare the value too. */
export class QueueCommand extends Command {
  override createCommand(name?: string): Command {
    return new QueueCommand(name)
  }

  /** Called by commander, which does not declare it. */
  protected unknownOption(flag: string): void {
    const { unknownOption } = Command.prototype as unknown as { readonly unknownOption: Refusal }
    unknownOption.call(this, flag.split('=', 1)[0]!)
  }
}
