import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collectGarbage: (() => void) | undefined

/**
 * The memory of this process as PHP's memory_get_usage would count it: used heap and external, in bytes, not RSS. It is asked of the
 * engine, as `process.memoryUsage` opens a file and throws when no file descriptor is left.
 */
export const processMemory = {
  used(): number {
    const { used_heap_size, external_memory } = getHeapStatistics()
    return used_heap_size + external_memory
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
