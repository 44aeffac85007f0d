import type { FoundCard, WorkerIdentity } from '../../roster/card.ts'
import { strangeIn } from '../../roster/company.ts'
import { duration, oneLine, shortened } from '../output.ts'

/** One worker in half a sentence. */
function described({ name, host, pid, folder, release, environment, ageMs }: FoundCard): string {
  const known = [release && `release ${release}`, environment].filter(Boolean)
  const facts = [`pid ${pid} on ${host}`, `in ${folder}`, ...known, `heard of ${duration(ageMs)} ago`]
  return `${shortened(name, 60)} (${facts.join(', ')})`
}

const shared = (me: WorkerIdentity, other: WorkerIdentity) =>
  other.queues.filter((queue) => me.queues.includes(queue)).join(', ')

/** Why a worker that is to be alone does not start. */
export function refusalText(me: WorkerIdentity, [first, ...others]: readonly FoundCard[]): string {
  const more = others.length === 0 ? '' : `, and so do ${others.length} more (queue workers shows them)`
  return oneLine(
    `--exclusive: ${described(first!)} takes jobs from ${shared(me, first!)}${more}. Stop it, or start without --exclusive`,
  )
}

/** A worker of another host, project or release, which may be one that somebody forgot. */
export function strangerText(me: WorkerIdentity, other: FoundCard): string {
  const unlike = strangeIn(me, other)
  const differ = `${list(unlike)} ${unlike.length === 1 ? 'is' : 'are'} not this one's`
  return oneLine(
    `another worker takes jobs from ${shared(me, other)}: ${described(other)}; its ${differ}. If it should not run, stop it there`,
  )
}

/** Workers that are as this one. */
export function fellowsText(count: number): string {
  return count === 1
    ? 'another worker of this project takes jobs from the same queues'
    : `${count} other workers of this project take jobs from the same queues`
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
