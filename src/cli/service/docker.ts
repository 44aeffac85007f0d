import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { ConfigError } from '../../contract/errors.ts'
import type { Unit } from './unit.ts'

/** The project's folder in the image. */
const home = '/app'

/** A file for docker compose with the image in it, to lie in the project's folder. */
export function dockerCompose(unit: Unit): string {
  if (unit.log.isAsked)
    throw new ConfigError(
      '--log: with docker there is no folder of log files; docker compose logs has what the workers say',
    )
  if (!existsSync(join(unit.root, 'package.json')))
    throw new ConfigError(`docker installs what a package.json names, and there is none in ${unit.root}`)
  const { name, processes, stopSeconds } = unit
  const store = storeFolder(unit)
  return `# Printed by \`queue service docker\`.
# 1. Write it to compose.queue.yaml in ${unit.root}
# 2. docker compose -f compose.queue.yaml up --build --detach
# After a deploy: the same. What the workers say: docker compose -f compose.queue.yaml logs
services:
  ${scalar(name)}:
    build:
      context: .
      dockerfile_inline: |
${indented(dockerfile(unit, store), 8)}
    # Docker's init is process 1: it passes SIGTERM on, and takes away what the programs of jobs leave behind, as no Node does.
    init: true
    # In this form there is no shell before the worker, which would keep SIGTERM to itself.
    command: ${flow(commandIn(unit))}
    # Docker cannot tell exit code 2, a mistake in the configuration: it tries again, ever less often, once a minute in the end.
    restart: unless-stopped
    # The grace time and ${unit.beyondGrace} s more: change them together. Docker's own 10 s would be kill -9 in the midst of a job.
    stop_grace_period: ${stopSeconds}s
${lines(
  processes > 1 && `    deploy:\n      replicas: ${processes}`,
  existsSync(join(unit.root, '.env')) && '    env_file: .env',
  store === null &&
    '    # 127.0.0.1 is the container itself: in here the configuration must name the server of the jobs otherwise.',
  store !== null && `    volumes:\n      - ${scalar(`queue:${home}/${store}`)}\nvolumes:\n  queue:`,
)}`
}

function dockerfile({ root, user }: Unit, store: string | null): string {
  const owner = user.isAsked ? user.value : 'node'
  const isLocked = existsSync(join(root, 'package-lock.json'))
  const own =
    store === null
      ? []
      : [
          ['mkdir', '-p', store],
          ['chown', '-R', owner, store],
        ]
  return [
    `FROM node:${process.versions.node.split('.')[0]}-slim`,
    `WORKDIR ${home}`,
    'COPY . .',
    `RUN rm -rf node_modules && ${isLocked ? 'npm ci' : 'npm install'} --omit=dev`,
    ...own.map((words) => `RUN ${flow(words)}`),
    `USER ${owner}`,
  ].join('\n')
}

function commandIn({ args, config, root }: Unit): readonly string[] {
  const file = config === null ? [] : [`--config=${home}/${slashed(relative(root, config))}`]
  return ['node', `${home}/node_modules/thinkq/bin/queue.js`, ...args, ...file]
}

/** The folder of the SQLite file in the project, which a volume keeps when the container goes. */
function storeFolder({ root, store }: Unit): string | null {
  if (store === null) return null
  const folder = slashed(relative(root, dirname(store)))
  if (folder !== '' && !folder.startsWith('..')) return folder
  throw new ConfigError(
    `docker keeps the folder of ${store} on a volume, so it must be one inside the project, such as sqlite:./.queue/queue.sqlite`,
  )
}

function slashed(path: string): string {
  return path.replaceAll(sep, '/')
}

/** YAML reads JSON; compose puts variables in for what follows a dollar. */
function scalar(text: string): string {
  return JSON.stringify(text).replaceAll('$', '$$$$')
}

function flow(words: readonly string[]): string {
  return `[${words.map(scalar).join(', ')}]`
}

function lines(...given: readonly (string | false)[]): string {
  return given
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')
}

function indented(text: string, spaces: number): string {
  return text
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n')
}
