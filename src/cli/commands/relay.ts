import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--once', 'move what is there and end')
    .addHelpText(
      'after',
      `
Jobs pushed with { tx } wait in queue_outbox until their transaction has committed. Producers and workers move them by themselves;
this is for databases that no worker can reach. One relay is active at a time, the others stand by.
${examples('relay', 'relay --once')}`,
    )
    .action(async (_, self) => {
      const { relay } = await import('../relay.ts')
      await relay(self.optsWithGlobals())
    })
}
