import { type EmptyCommand, examples } from '../commands.ts'
import { withFilterOptions } from '../failed/options.ts'

export function define(command: EmptyCommand): void {
  command
    .helpCommand(false)
    .command('show')
    .summary('show one with its whole error and its data')
    .description('show one failed job with its whole error and its data')
    .argument('<id>', 'as `queue failed` lists it')
    .option('--json', 'as one JSON object, with the payload as it is stored')
    .addHelpText('after', examples('failed show 12', 'failed show 12 --json'))
    .action(async (id, _, self) => {
      const { showFailed } = await import('../failed/show.ts')
      await showFailed(id, self.optsWithGlobals())
    })
  withFilterOptions(command)
    .option('--limit <n>', 'at most so many, newest first', '50')
    .option('--json', 'one JSON object a line, with the whole error and payload')
    .allowExcessArguments()
    .addHelpText(
      'after',
      examples(
        'failed',
        'failed --queue reserve_notice --limit 10',
        'failed --job SendNotice --since 2h --error "gone away"',
        'failed --json',
        'failed show 12',
      ),
    )
    .action(async (_, self) => {
      const { listFailed } = await import('../failed/list.ts')
      await listFailed(self.args, self.optsWithGlobals())
    })
}
