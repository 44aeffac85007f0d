// Run as `node producer.mjs`: pushes into another system.
import { pushing } from '../pushing.mjs'
import { opened } from './opened.mjs'

const { CHAOS_PORT, CHAOS_SYSTEM } = process.env
const { producer } = await import(`./${CHAOS_SYSTEM}.mjs`)
const { push, later, bulk } = await opened(() => producer(Number(CHAOS_PORT)))

/** Repeats what failed: nothing is stored twice by that, as each job has its id. */
const until =
  (store) =>
  (...args) =>
    opened(() => store(...args))

await pushing({ push: until(push), later: until(later), bulk: until(bulk) })
