import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queues...]', 'names, or lists such as a,b (default: the configured queue)')
    .option('--all', 'every queue that is paused')
    .option('--json', 'the queues that are still paused as JSON')
    .addHelpText('after', examples('resume reserve_notice', 'resume --all'))
    .action(async (queues, _, self) => {
      const { resumeQueues } = await import('../steering.ts')
      await resumeQueues(queues, self.optsWithGlobals())
    })
}
