import { readFileSync } from 'node:fs'

/** One run of a job, by what its code wrote; times in ms. */
export interface Run {
  readonly job: string
  readonly attempts: number
  /** The worker by name, and its process. */
  readonly name: string
  readonly pid: string
  readonly beganAt: number
  /** It put the job back, as it was meant to. */
  againAt?: number
  /** Its effect was had. */
  doneAt?: number
  /** The store confirmed that it was deleted. */
  deletedAt?: number
}

/** What the processes wrote into a ledger. */
export interface History {
  /** Jobs that the store has confirmed, with how often each may be tried; 0: for ever. */
  readonly pushed: ReadonlyMap<string, number>
  /** The runs of each job, in the order in which they began. */
  readonly runs: ReadonlyMap<string, readonly Run[]>
  /** How often a process saw its wall clock step. */
  readonly clockSteps: number
}

const ends = { again: 'againAt', done: 'doneAt', deleted: 'deletedAt' } as const

export function readHistory(file: string): History {
  const pushed = new Map<string, number>()
  const runs = new Map<string, Run[]>()
  let clockSteps = 0
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [word = '', job = '', attempts, name = '', pid = '', us] = line.split(' ')
    const at = Number(us) / 1_000
    if (word === 'pushed') pushed.set(job, Number(attempts))
    else if (word === 'stepped') clockSteps++
    else if (word === 'began') {
      const run = { job, attempts: Number(attempts), name, pid, beganAt: at }
      runs.set(job, [...(runs.get(job) ?? []), run])
    } else {
      const run = runs.get(job)?.findLast((each) => each.pid === pid && each.attempts === Number(attempts))
      if (run === undefined || !(word in ends))
        throw new Error(`a line of the ledger makes no sense: ${line}`)
      run[ends[word as keyof typeof ends]] = at
    }
  }
  return { pushed, runs, clockSteps }
}
