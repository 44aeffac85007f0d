import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('[queues...]', 'only those that take from one of these (default: all)')
    .option('--json', 'one JSON object a line, with the jobs in hand')
    .addHelpText('after', examples('workers', 'workers reserve_notice', 'workers --json'))
    .action(async (queues, _, self) => {
      const { listWorkers } = await import('../workers.ts')
      await listWorkers(queues, self.optsWithGlobals())
    })
}
