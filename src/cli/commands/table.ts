import { type EmptyCommand, examples } from '../commands.ts'

const which = `
With the connector database these are the jobs table and the small ones beside it. With redis they are queue_outbox, in which jobs
pushed with { tx } wait until your transaction has committed, and queue_once, which remembers what job.onceIn did: in the database of
DATABASE_URL, or of the connection with the connector database. All of them are made when first needed; print them for a database whose user may not create tables.`

export function define(command: EmptyCommand): void {
  command
    .option('--apply', 'create what is missing instead of printing')
    .addHelpText('after', `${which}\n${examples('table', 'table --apply', 'table --connection redis')}`)
    .action(async (_, self) => {
      const { jobsTable } = await import('../tables.ts')
      await jobsTable(self.optsWithGlobals())
    })
}
