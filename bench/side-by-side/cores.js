import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const pinner = 'taskset'
const canPin = availableParallelism() > 1 && spawnSync(pinner, ['-V']).status === 0

export const layout = (server) =>
  canPin ? `${server} pinned to one core, worker or producer to the other` : 'nothing pinned to a core'

/** The command line that runs on one core: `server` or `worker`; anything else runs where it likes. */
export function pinned(core, command, args) {
  const number = { server: '0', worker: '1' }[core]
  if (!canPin || number === undefined) return [command, args]
  return [pinner, ['-c', number, command, ...args]]
}
