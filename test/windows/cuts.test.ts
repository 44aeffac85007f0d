import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PushOutcomeUnknown, StoreError } from '../../src/contract/errors.ts'
import { startProxy, type TcpProxy } from '../tcp-proxy.ts'
import { atStep } from './boundary.ts'
import { courseOf, type Grounds, groundsOn, stateOf, stores } from './grounds.ts'
import { type Operation, operationsOn } from './operations.ts'
import { type Place, Rig } from './rig.ts'
import { stepName } from './step-names.ts'
import { complaints, type Phase } from './verdict.ts'

process.env.QUEUE_SQLITE_DRIVER = 'libsql'

const any = () => true

/** What befalls one request, laid when it is about to leave. */
interface Fault {
  readonly name: string
  lay(proxy: TcpProxy | undefined): void
}

const networkFaults: readonly Fault[] = [
  { name: 'the request is lost', lay: (proxy) => void proxy!.loseRequest(any) },
  { name: 'the reply is lost', lay: (proxy) => void proxy!.dropReplies(any).then(() => proxy!.cut()) },
]

/** What SQLite answers when a statement cannot be carried out; there is no way on which an answer could be lost. */
const fileFaults: readonly Fault[] = [
  { name: 'the disk is full', lay: refusal(13, 'database or disk is full') },
  { name: 'the disk fails', lay: refusal(10, 'disk I/O error') },
]

function refusal(rawCode: number, message: string): () => never {
  return () => {
    throw Object.assign(new Error(message), { name: 'SqliteError', rawCode })
  }
}

/** What the caller knows afterwards: that it was done, that it was not, or neither. */
async function phaseTold(operation: Operation, rig: Rig): Promise<Phase | undefined> {
  try {
    const answer = await operation.run(rig)
    return (operation.isDone?.(answer) ?? true) ? 'after' : undefined
  } catch (error) {
    if (error instanceof PushOutcomeUnknown) {
      await error.retry()
      return 'after'
    }
    expect(error).toBeInstanceOf(StoreError)
    return operation.isWhole && (error as StoreError).code !== 'COMMIT_UNKNOWN' ? 'before' : undefined
  }
}

async function disturbed(
  operation: Operation,
  place: Place,
  step: number,
  lay: () => void,
): Promise<{ readonly told: Phase | undefined; readonly wasLaid: boolean }> {
  const rig = await Rig.open(place)
  try {
    await operation.prepare?.(rig)
    let wasLaid = false
    const stop = atStep(step, 'before', () => {
      wasLaid = true
      lay()
    })
    const told = await phaseTold(operation, rig)
    stop()
    return { told, wasLaid }
  } finally {
    await rig.close()
  }
}

describe.each(stores)(
  'a request to %s that fails leaves all as before or as after, and the caller knows which',
  (store) => {
    let grounds: Grounds
    let proxy: TcpProxy | undefined
    beforeAll(async () => {
      grounds = await groundsOn(store)
      if (grounds.port !== undefined) proxy = await startProxy(grounds.port)
    })
    afterAll(async () => {
      await proxy?.close()
      await grounds.stop()
    })

    test.each(operationsOn(store))(
      '$name',
      async (operation) => {
        const course = await courseOf(grounds, operation.name)
        for (const [at, step] of course.steps.entries())
          for (const { name, lay } of step.store === 'sqlite' ? fileFaults : networkFaults) {
            const window = `${stepName(step, course.prefix)} (request ${at + 1} of ${course.steps.length}), ${name}`
            const place = grounds.place(proxy?.port)
            const { told, wasLaid } = await disturbed(operation, place, at + 1, () => lay(proxy))
            const state = await stateOf(place, operation.name)
            expect({ window, wasLaid, wrong: complaints(state, course, operation, told) }).toEqual({
              ...{ window, wasLaid: true, wrong: [] },
            })
          }
      },
      120_000,
    )
  },
)
