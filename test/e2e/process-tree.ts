import { existsSync, readFileSync } from 'node:fs'

/** The processes that a process has started and that have not ended; none of one that is gone. */
export function childrenOf(pid: number): readonly number[] {
  if (!isAlive(pid)) return []
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
