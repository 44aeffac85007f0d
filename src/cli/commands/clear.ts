import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queue]', 'its name (default: the configured queue)')
    .option('--force', 'do not ask; needed where nobody can answer')
    .addHelpText('after', examples('clear reserve_notice', 'clear reserve_notice --force'))
    .action(async (queue, _, self) => {
      const { clearQueue } = await import('../clear.ts')
      await clearQueue(queue, self.optsWithGlobals())
    })
}
