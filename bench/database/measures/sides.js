/** Those that differ from another in the worker alone: it holds many jobs. */
export const twins = ['thinkq-mysql-held', 'graphile-batching']
/** It only pushes. */
const bare = 'bare-insert'

export function withWorkers(sides) {
  return sides.filter(({ name }) => name !== bare)
}

export function withProducers(sides) {
  return sides.filter(({ name }) => !twins.includes(name))
}
