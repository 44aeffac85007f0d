import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, sep } from 'node:path'
import { ownUser } from './owner.ts'
import type { Unit } from './unit.ts'

/** The variables that this shell sets for us. Read them before `.env` is added to the environment. */
export function queueVariables(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env).filter((name) => /^(QUEUE_|DATABASE_URL$)/.test(name))
}

/** What would make the workers another thing than this command is, a line each. */
export function generalAdvice({ script }: Unit, fromShell: readonly string[]): readonly string[] {
  const lines: string[] = []
  if (script.includes(`${sep}_npx${sep}`))
    lines.push(
      'warning: this thinkq is a copy that npx made for the moment; npm install thinkq in the project first',
    )
  if (fromShell.length > 0)
    lines.push(
      `warning: the workers will not know what this shell sets: put ${fromShell.join(', ')} into .env`,
    )
  return lines
}

/** What stands in the way of the user who is to run them. */
export function userAdvice({ user, node }: Unit): readonly string[] {
  const lines: string[] = []
  if (user.value === 'root')
    lines.push('warning: the jobs will run as root, who may do everything; --user names another')
  if (user.value === ownUser && !user.isAsked)
    lines.push(
      `note: this folder belongs to root, so the workers run as ${ownUser}; make that user (useradd --system ${ownUser}) and let it own what jobs write, such as .queue`,
    )
  if (user.value !== userInfo().username && node.startsWith(homedir() + sep))
    lines.push(
      `warning: ${node} lies in a home folder, which ${user.value} may not enter; install Node for all users`,
    )
  return lines
}

/** What would get into the image. */
export function imageAdvice({ root }: Unit): readonly string[] {
  if (existsSync(join(root, '.dockerignore'))) return []
  return [
    'note: the whole folder goes into the image; keep node_modules, .git, .env and .queue out of it by a .dockerignore',
  ]
}
