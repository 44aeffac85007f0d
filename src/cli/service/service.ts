import { ConfigError } from '../../contract/errors.ts'
import { didYouMean } from '../../contract/near.ts'
import { complain, oneLine, print } from '../output.ts'
import { contextOf } from '../session.ts'
import { generalAdvice, imageAdvice, queueVariables, userAdvice } from './advice.ts'
import { dockerCompose } from './docker.ts'
import { type FormatName, formatNames } from './format-names.ts'
import { makeLogFolder } from './log-folder.ts'
import { pm2Ecosystem } from './pm2.ts'
import { supervisorProgram } from './supervisor.ts'
import { systemdUnit } from './systemd.ts'
import { type ServiceFlags, type Unit, unitOf } from './unit.ts'

/** One of the programs that keep workers running. */
interface Format {
  readonly summary: string
  /** Whether it writes log files although nobody asked for them. */
  readonly hasLogFiles: boolean
  readonly text: (unit: Unit) => string
  /** What the user should know before the file is used, a line each. */
  readonly advice: (unit: Unit) => readonly string[]
}

const formats: Readonly<Record<FormatName, Format>> = {
  supervisor: {
    summary: 'a program of supervisord',
    hasLogFiles: true,
    text: supervisorProgram,
    advice: userAdvice,
  },
  systemd: {
    summary: 'a service of systemd, kept from all that a worker does not need',
    hasLogFiles: false,
    text: systemdUnit,
    advice: userAdvice,
  },
  pm2: { summary: 'an ecosystem file of pm2', hasLogFiles: true, text: pm2Ecosystem, advice: () => [] },
  docker: {
    summary: 'a file for docker compose, with the image in it',
    hasLogFiles: false,
    text: dockerCompose,
    advice: imageAdvice,
  },
}

/** Prints a file that keeps workers of this project running, and says on stderr what stands in its way. */
export async function service(name: string | undefined, flags: ServiceFlags): Promise<void> {
  if (name === undefined) return list()
  const format = formatOf(name)
  const fromShell = queueVariables(process.env)
  const unit = unitOf(await contextOf(flags), flags)
  print(format.text(unit).trimEnd())
  const made = format.hasLogFiles || unit.log.isAsked ? await makeLogFolder(unit.log.value) : []
  for (const line of [...generalAdvice(unit, fromShell), ...format.advice(unit), ...made]) complain(line)
}

function list(): void {
  print('queue service <format> prints a file that starts, stops and restarts the workers of this project:\n')
  for (const [name, { summary }] of Object.entries(formats)) print(`  ${name.padEnd(12)}${summary}`)
  print('\nqueue service --help has the flags.')
}

function formatOf(name: string): Format {
  const known = formatNames.find((each) => each === name)
  if (known !== undefined) return formats[known]
  throw new ConfigError(
    `there is no format "${oneLine(name)}"${didYouMean(name, formatNames)}; there are ${formatNames.join(', ')}`,
  )
}
