import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { ConfigError } from '../../contract/errors.ts'
import { didYouMean } from '../../contract/near.ts'
import { commandGroups, type EmptyCommand } from '../commands.ts'
import { oneLine, print } from '../output.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { type Shell, shells } from './shells.ts'
import { type Place, placesOf } from './words.ts'
import { zshScript } from './zsh.ts'

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** Prints what a shell needs to complete the commands and flags of `program`, taken from their own definitions. */
export async function completion(name: string, program: CommandUnknownOpts): Promise<void> {
  const shell = shells.find((each) => each === name)
  if (shell === undefined)
    throw new ConfigError(
      `there is no completion for "${oneLine(name)}"${didYouMean(name, shells)}; there is one for ${shells.join(', ')}`,
    )
  await defineAll(program)
  print(scripts[shell](placesOf(program)))
}

/** All but the one that runs, which is defined. */
async function defineAll(program: CommandUnknownOpts): Promise<void> {
  const entries = Object.assign({}, ...Object.values(commandGroups)) as (typeof commandGroups)[string]
  for (const command of program.commands) {
    if (command.name() === 'completion') continue
    const { define } = await entries[command.name()]!.load()
    define(command as unknown as EmptyCommand)
  }
}
