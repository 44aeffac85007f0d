import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { packageVersion } from '../process/own-package.ts'
import { flushStreams, tolerateClosedPipes } from '../process/streams.ts'
import { type CommandEntry, commandGroups, type EmptyCommand } from './commands.ts'
import { failureOf } from './failure.ts'
import { complain, styleOf, wantsColors } from './output.ts'
import { QueueCommand } from './queue-command.ts'

/** Runs the command line of `argv` (as `process.argv` has it) and answers the exit code once all output is written. */
export async function main(argv: readonly string[]): Promise<number> {
  tolerateClosedPipes()
  try {
    await program().parseAsync(withHelpLast(argv))
    return 0
  } catch (error) {
    const { exitCode, message } = failureOf(error)
    if (message !== null) {
      const { red } = styleOf(wantsColors(!argv.includes('--no-color'), process.stderr))
      complain(`${red('error:')} ${await withoutSecrets(message)}`)
    }
    return exitCode
  } finally {
    await flushStreams()
  }
}

function program() {
  const queue = new QueueCommand('queue')
    .description('thinkq: a queue worker that loses nothing')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--config <file>', 'the configuration file (default: queue.config.*, found upward)')
    .option('--connection <name>', 'a connection of the configuration (default: the one it names)')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are obeyed too)')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showHelpAfterError('(--help says more)')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: optionsOfRoot })
    .exitOverride()
  const entries = new Map<string, CommandEntry>()
  for (const [group, commands] of Object.entries(commandGroups)) {
    for (const [name, entry] of Object.entries(commands)) {
      entries.set(name, entry)
      queue.command(name).summary(entry.summary).description(entry.summary).helpGroup(group)
    }
  }
  queue.addHelpText('after', '\n`queue <command> --help` shows the flags of a command, with examples.')
  return queue.hook('preSubcommand', async (_, command) => {
    const { define } = await entries.get(command.name())!.load()
    define(command as unknown as EmptyCommand)
  })
}

/** The flags of a command are not those of what stands below it. */
function optionsOfRoot({ parent }: CommandUnknownOpts): Option[] {
  if (parent === null) return []
  return parent.parent === null ? [...parent.options] : optionsOfRoot(parent)
}

/** `queue help work` is `queue work --help`, and `queue` alone asks for help too. */
function withHelpLast([node = '', script = '', ...args]: readonly string[]): readonly string[] {
  if (args.length === 0) return [node, script, '--help']
  if (args[0] !== 'help') return [node, script, ...args]
  return [node, script, ...args.slice(1), '--help']
}

async function withoutSecrets(message: string): Promise<string> {
  const { redact } = await import('./secrets.ts')
  return redact(message)
}
