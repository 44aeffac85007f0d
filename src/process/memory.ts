import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collectGarbage: (() => void) | undefined

/** The memory of this process as PHP's memory_get_usage would count it: used heap and external, in bytes, not RSS. */
export const processMemory = {
  used(): number {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  },

  /** One full collection, so that garbage does not count as a leak. */
  collect(): void {
    if (collectGarbage === undefined) {
      setFlagsFromString('--expose-gc')
      collectGarbage = runInNewContext('gc') as () => void
    }
    collectGarbage()
  },
}
