import { type EmptyCommand, examples } from '../commands.ts'

export function define(command: EmptyCommand): void {
  command
    .argument('<job>', 'its name, such as Job1, admin/Job1 or Job2@task1')
    .argument('[data]', 'what the job is given, as JSON (default: "")')
    .option('--queue <name>', "the queue (default: the job's own, else the configured one)")
    .option('--delay <s>', 'seconds until it is due', '0')
    .option('--data-file <file>', 'read the JSON from a file; - is standard input')
    .option('--json', 'the id as JSON')
    .addHelpText(
      'after',
      examples(
        'push SendNotice \'{"id": 1}\' --queue reserve_notice',
        'push Report --delay 3600',
        'push Import --data-file - < rows.json',
      ),
    )
    .action(async (job, data, _, self) => {
      const flags = self.optsWithGlobals()
      const { push } = await import('../push.ts')
      await push(job, data, flags)
    })
}
