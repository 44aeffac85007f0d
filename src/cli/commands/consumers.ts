import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queue]', 'the queue (default: the configured one)')
    .option('--watch <s>', 'how long to watch, 1 to 60', '10')
    .option('--json', 'what was found as one JSON object')
    .addHelpText('after', examples('consumers', 'consumers reserve_notice --watch 30', 'consumers --json'))
    .action(async (queue, _, self) => {
      const { findConsumers } = await import('../consumers.ts')
      await findConsumers(queue, self.optsWithGlobals())
    })
}
