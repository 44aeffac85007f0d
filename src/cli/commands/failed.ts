import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--queue <name>', 'only those of one queue')
    .option('--limit <n>', 'at most so many, newest first', '50')
    .option('--json', 'one JSON object a line, with the whole error and payload')
    .addHelpText('after', examples('failed', 'failed --queue reserve_notice --limit 10', 'failed --json'))
    .action(async (_, self) => {
      const { listFailed } = await import('../failed-jobs.ts')
      await listFailed(self.optsWithGlobals())
    })
}
