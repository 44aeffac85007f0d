import type { Course, State } from './grounds.ts'
import type { Operation } from './operations.ts'

export type Phase = 'before' | 'after'

const gone = 'gone'

/**
 * What is wrong with a state: each job is as it was before the operation or as it is after it, and all alike where it is whole.
 * `only` is the one phase that it can be in.
 */
export function complaints(
  state: State,
  { before, after }: Course,
  { isWhole = false }: Operation,
  only?: Phase,
): readonly string[] {
  const wrong: string[] = []
  const possible = new Set<Phase>(only === undefined ? ['before', 'after'] : [only])
  for (const name of new Set([...state.keys(), ...before.keys(), ...after.keys()])) {
    const is = state.get(name) ?? gone
    const was = before.get(name) ?? gone
    const becomes = after.get(name) ?? gone
    const phases = [...(is === was ? ['before' as const] : []), ...(is === becomes ? ['after' as const] : [])]
    const fits = phases.some((phase) => possible.has(phase))
    if (!fits) wrong.push(`${name}: ${is}; was ${was}, to become ${becomes}; possible: ${[...possible]}`)
    else if (isWhole && phases.length === 1) possible.delete(phases[0] === 'before' ? 'after' : 'before')
  }
  return wrong
}
