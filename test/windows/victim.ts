import process from 'node:process'
import { atStep } from './boundary.ts'
import { hookDriver } from './drivers.ts'
import { operationNamed } from './operations.ts'
import { type Place, Rig, type Store } from './rig.ts'

/** What is to be done, and where it ends. */
export interface Task {
  readonly store: Store
  readonly place: Place
  readonly operation: string
  readonly step: number
  readonly when: 'before' | 'after'
}

const { store, place, operation, step, when } = JSON.parse(process.argv[2]!) as Task
const { prepare, run } = operationNamed(operation)
hookDriver(store)
if (place.outbox !== undefined) hookDriver('sqlite')
const rig = await Rig.open(place)
await prepare?.(rig)
atStep(step, when, () => process.kill(process.pid, 'SIGKILL'))
await run(rig)
// It has not come to that step: the test hears of it.
process.exit(0)
