import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--apply', 'create it if it is missing instead of printing')
    .addHelpText('after', examples('failed-table', 'failed-table --apply'))
    .action(async (_, self) => {
      const { failedTable } = await import('../tables.ts')
      await failedTable(self.optsWithGlobals())
    })
}
