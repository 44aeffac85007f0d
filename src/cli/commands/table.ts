import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .option('--apply', 'create what is missing instead of printing')
    .addHelpText('after', examples('table', 'table --apply'))
    .action(async (_, self) => {
      const { jobsTable } = await import('../tables.ts')
      await jobsTable(self.optsWithGlobals())
    })
}
