import { promiseHooks } from 'node:v8'
import { awaitSite } from './call-site.ts'
import type { Moment } from './kill-point.ts'

/** Calls `reach` synchronously whenever code of the user's awaits, and when it continues, until the answer is called. */
export function watchAwaits(reach: (moment: Moment, place: string) => void): () => void {
  const waiting = new WeakMap<Promise<unknown>, string>()
  const init = (promise: Promise<unknown>, parent?: Promise<unknown>) => {
    // Each await derives a promise from the one it waits for.
    if (parent === undefined) return
    const place = awaitSite(init)
    if (place === undefined) return
    // What is no promise is first made one, at the same place.
    const isWrapped = waiting.get(parent) === place
    if (isWrapped) waiting.delete(parent)
    waiting.set(promise, place)
    if (!isWrapped) reach('at the await', place)
  }
  const before = (promise: Promise<unknown>) => {
    const place = waiting.get(promise)
    if (place === undefined) return
    waiting.delete(promise)
    reach('after the await', place)
  }
  return promiseHooks.createHook({ init, before }) as () => void
}
