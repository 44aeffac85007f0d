import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--hours <n>', 'only those that failed so many hours ago or earlier')
    .addHelpText('after', examples('flush', 'flush --hours 48'))
    .action(async (_, self) => {
      const { flushFailed } = await import('../failed/remove.ts')
      await flushFailed(self.optsWithGlobals())
    })
}
