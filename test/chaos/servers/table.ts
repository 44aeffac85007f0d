import { number, sum } from '../totals.ts'
import type { Loss } from './loss.ts'

/** A line for each setting, of all its rounds. */
export function serversTable(losses: readonly Loss[]): readonly string[] {
  const settings = [...new Set(losses.map(({ setting }) => setting))]
  return [
    '| server, killed | rounds | jobs it had answered for | lost | how long before, at most, ms |',
    '|---|---|---|---|---|',
    ...settings.map((setting) => row(losses.filter((each) => each.setting === setting))),
  ]
}

function row(rounds: readonly Loss[]): string {
  const { setting, version } = rounds[0]!
  const [answered, lost] = [sum(rounds.map((each) => each.answered)), sum(rounds.map((each) => each.lost))]
  const oldest = Math.round(Math.max(...rounds.map(({ windowMs }) => windowMs)))
  return `| ${setting} (${version}) | ${rounds.length} | ${number(answered)} | ${number(lost)} | ${lost === 0 ? '' : number(oldest)} |`
}
