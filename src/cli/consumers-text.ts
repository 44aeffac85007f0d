import type { Consumers } from './consumers.ts'
import { duration, oneLine, type Style, shortened } from './output.ts'
import type { Sighting } from './sightings.ts'
import { table } from './table.ts'
import { type Listed, workersText } from './workers-text.ts'

const mostRows = 30

/** What was found, for people: the count first, then those who are registered, then who else is connected. */
export function consumersText(consumers: Consumers, cards: readonly Listed[], style: Style): string {
  return [
    '',
    ...countText(consumers, style),
    '',
    cards.length === 0 ? '  No registered worker takes from this queue.' : workersText(cards, style),
    '',
    ...connectionsText(consumers, style),
  ].join('\n')
}

function countText(
  { queue, watchedMs, left, registered, others, silent }: Consumers,
  style: Style,
): string[] {
  const name = style.bold(oneLine(queue))
  const within = `within ${duration(watchedMs)}`
  if (others === null) {
    const who = silent.map((card) => oneLine(card.name)).join(', ')
    return [
      `  ${name} lost ${jobs(left)} ${within}; how many went to strangers is unknown, for ${who} did not say what it took.`,
    ]
  }
  if (others > 0)
    return [
      `  ${style.red(`At least ${jobs(others)} of ${queue} went to somebody who is not registered`)}, ${within}.`,
      `  ${jobs(left)} left the queue, at most ${registered} to registered workers; what was pushed meanwhile is not counted.`,
    ]
  return [
    `  No job of ${name} is known to have gone to a stranger ${within}: ${left} left, ${registered} to registered workers.`,
  ]
}

function connectionsText({ connections, isWhole }: Consumers, style: Style): readonly string[] {
  if (connections === null)
    return [
      '  Who else is connected is unknown: this store has no list of connections, or it may not be read.',
    ]
  const partial = isWhole
    ? []
    : ['  Connections of other users are unknown: this user may not see them (PROCESS).']
  if (connections.length === 0) return ['  Nobody else is connected.', ...partial]
  const rows = connections.slice(0, mostRows).map((each) => row(each, style))
  const more = connections.length > mostRows ? [`  and ${connections.length - mostRows} more`] : []
  return [table(['connected from', 'as', 'since', 'seen to ask', ''], rows, style), ...more, ...partial]
}

function row({ address, name, ageMs, commands, takesJobs }: Sighting, style: Style): readonly string[] {
  return [
    oneLine(address),
    shortened(oneLine(name || '-'), 30),
    ageMs === null ? '?' : duration(ageMs),
    shortened(oneLine(commands.join(', ') || '-'), 60),
    takesJobs ? style.yellow('may take jobs') : '',
  ]
}

function jobs(count: number): string {
  return count === 1 ? '1 job' : `${count} jobs`
}
