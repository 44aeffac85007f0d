import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queues...]', 'names, or lists such as a,b (default: the configured queue)')
    .option('--all', 'every queue')
    .option('--json', 'the paused queues as JSON')
    .addHelpText('after', examples('pause reserve_notice', 'pause --all'))
    .action(async (queues, _, self) => {
      const { pauseQueues } = await import('../steering.ts')
      await pauseQueues(queues, self.optsWithGlobals())
    })
}
