import { Argument } from '@commander-js/extra-typings'
import { asTyped, type EmptyCommand, examples } from '../commands.ts'
import { formatNames } from '../service/format-names.ts'

export function define(command: EmptyCommand): void {
  command
    .addArgument(
      new Argument('[format]', 'what is to run them; without it they are listed')
        .choices(formatNames)
        .argParser(asTyped),
    )
    .option(
      '--queue <names>',
      'queues of these workers, such as a,b (default: the configured pools or queue)',
    )
    .option('--name <program>', 'what the workers are called (default: folder and queues or pools)')
    .option('--user <name>', "who runs them (default: the owner of the project's folder, never root)")
    .option(
      '--processes <n>',
      'so many workers of this kind; with pools, the most of all together (default: configuration, else 1)',
    )
    .option(
      '--log <folder>',
      'where their log files go (default: log in the project, or where the format keeps logs)',
    )
    .option('--timeout <s>', 'longest run of one job (default: configuration, else 60)')
    .option(
      '--grace <s>',
      'what running jobs are given at a stop (default: configuration, else the time-out)',
    )
    .addHelpText(
      'after',
      `
The file goes to standard output, so that it can be written where it belongs; its first lines say where that is and what to do
then. The folder of the log files is made. Run it on the machine that is to run the workers: its paths are those of this one.
${examples(
  'service',
  'service supervisor --queue reserve_notice > /etc/supervisor/conf.d/reserve_notice.conf',
  'service systemd --queue reserve_notice --processes 2',
  'service docker > compose.queue.yaml',
)}`,
    )
    .action(async (format, _, self) => {
      const { service } = await import('../service/service.ts')
      await service(format, self.optsWithGlobals())
    })
}
