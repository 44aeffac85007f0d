// Preloaded into a worker by `node --expose-gc --import`. At each SIGWINCH, which harms nobody who does not listen for it, it measures its
// process after a collection and adds a line to the file that PROBE_FILE names.
import { appendFileSync, readdirSync } from 'node:fs'
import { Session } from 'node:inspector'
import { setImmediate as nextTurn } from 'node:timers/promises'

const { gc } = globalThis
const emitters = 'Object.getPrototypeOf(Object.getPrototypeOf(process))'

/** How many listeners all living emitters have together, those inside the store's client too: the heap itself is searched for them. */
function livingListeners() {
  const session = new Session()
  session.connect()
  try {
    const { objectId } = asked(session, 'Runtime.evaluate', { expression: emitters }).result
    const { objects } = asked(session, 'Runtime.queryObjects', { prototypeObjectId: objectId })
    const call = { functionDeclaration: String(listenersOf), returnByValue: true }
    return asked(session, 'Runtime.callFunctionOn', { ...call, objectId: objects.objectId }).result.value
  } finally {
    session.disconnect()
  }
}

/** Runs in the inspector, with the list of all emitters as `this`. Prototypes are among them, which have no listeners. */
function listenersOf() {
  return this.filter((emitter) => emitter._events)
    .flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name)))
    .reduce((sum, count) => sum + count, 0)
}

/** What the inspector answers: at once, as it is of this very thread. */
function asked(session, method, parameters) {
  let answer
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(`${method}: ${error.message}`)
    answer = result
  })
  return answer
}

/** What keeps the process alive. Timers come and go, and sockets do so only while they are in use: they are among the descriptors. */
const passing = ['Timeout', 'Immediate', 'TCPSocketWrap']

function handles() {
  return process.getActiveResourcesInfo().filter((kind) => !passing.includes(kind))
}

process.on('SIGWINCH', async () => {
  gc()
  await nextTurn()
  gc()
  const { heapUsed, rss } = process.memoryUsage()
  const counted = { fds: readdirSync('/proc/self/fd').length, handles: handles().length }
  const sample = { pid: process.pid, heap: heapUsed, rss, ...counted, listeners: livingListeners() }
  appendFileSync(process.env.PROBE_FILE, `${JSON.stringify(sample)}\n`)
})
