import { type EmptyCommand, examples } from '../commands.ts'
import { withFilterOptions } from '../failed/options.ts'

export function define(command: EmptyCommand): void {
  withFilterOptions(command)
    .argument('[ids...]', 'ids as `queue failed` lists them, or all')
    .option('--range <from-to>', 'ids from one number to another, such as 1-20')
    .option('--limit <n>', 'at most so many of those that are meant, newest first')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Say ids, a range, all, or by filters which are meant; \`queue failed\` with the same filters shows them first.
${examples(
  'retry 12 15',
  'retry all',
  'retry --queue reserve_notice',
  'retry --job SendNotice --since 2h --error "gone away"',
  'retry --queue reserve_notice --limit 1',
  'retry --range 1-20',
)}`,
    )
    .action(async (ids, _, self) => {
      const { retryFailed } = await import('../failed/retry.ts')
      await retryFailed(ids, self.optsWithGlobals())
    })
}
