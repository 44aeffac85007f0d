import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings'

/** What can be typed at one place of the command line. */
export interface Place {
  /** The commands that lead there: `queue`, `queue failed`, `queue failed show`. */
  readonly at: string
  readonly commands: readonly Word[]
  readonly flags: readonly Flag[]
  /** Of the first argument, where it is one of a few. */
  readonly values: readonly string[]
}

/** A word and what it does. */
export interface Word {
  readonly name: string
  readonly summary: string
}

export interface Flag {
  /** `--verbose` and `-v`. */
  readonly names: readonly string[]
  readonly summary: string
  /** What follows it: nothing, a file or folder, or a value, which may be one of a few. */
  readonly takes: 'nothing' | 'file' | readonly string[]
}

/** Every place of a program whose commands are all defined, the outermost first. */
export function placesOf(program: CommandUnknownOpts): readonly Place[] {
  const everywhere = program.options.filter((option) => option.attributeName() !== 'version')
  const below = (command: CommandUnknownOpts, before: string, inherited: readonly Option[]): Place[] => {
    const at = `${before}${command.name()}`
    const help = command.createHelp()
    const commands = help.visibleCommands(command)
    const place = {
      at,
      commands: commands.map((each) => ({ name: each.name(), summary: each.summary() })),
      flags: [...help.visibleOptions(command), ...inherited].map(flagOf),
      values: command.registeredArguments[0]?.argChoices ?? [],
    }
    return [place, ...commands.flatMap((each) => below(each, `${at} `, everywhere))]
  }
  return below(program, '', [])
}

function flagOf(option: Option): Flag {
  const { long, short, description, flags, argChoices } = option
  return {
    names: [long, short].filter((name) => name != null),
    summary: description,
    takes: takenBy(option.required || option.optional, flags, argChoices),
  }
}

function takenBy(value: boolean, flags: string, choices: readonly string[] = []): Flag['takes'] {
  if (!value) return 'nothing'
  return /<(file|folder)>/.test(flags) ? 'file' : choices
}
