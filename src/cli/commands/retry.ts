import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[ids...]', 'ids as `queue failed` lists them, or all')
    .option('--queue <name>', 'all failed jobs of one queue')
    .option('--range <from-to>', 'ids from one number to another, such as 1-20')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      examples('retry 12 15', 'retry all', 'retry --queue reserve_notice', 'retry --range 1-20'),
    )
    .action(async (ids, _, self) => {
      const { retryFailed } = await import('../failed-jobs.ts')
      await retryFailed(ids, self.optsWithGlobals())
    })
}
