import { loadConfig } from '../../config/load.ts'
import { loadJobs } from '../../jobs/load.ts'
import { innerChannel } from '../../process/inner-channel.ts'
import { processMemory } from '../../process/memory.ts'
import { loadModule } from '../../process/modules.ts'
import { Inside } from '../../sandbox/inside.ts'
import type { ToSandbox } from '../../sandbox/messages.ts'
import type { SandboxData } from './sandboxes.ts'

let inside: Inside | undefined

const channel = innerChannel({
  heard: (message) => inside?.heard(message as ToSandbox),
  uncaught(error) {
    if (inside === undefined) throw error
    inside.crashed(error)
  },
})
const { config, jobs: folder, retireBytes } = channel.given as SandboxData

const middleware = config === null ? [] : (await loadConfig({ file: config })).middleware
const { registry } = await loadJobs({ folder, middleware, load: loadModule })
const before = processMemory.used()

/** Garbage does not count. */
function isWorn(): boolean {
  if (retireBytes === 0 || processMemory.used() - before <= retireBytes) return false
  processMemory.collect()
  return processMemory.used() - before > retireBytes
}

inside = new Inside({ registry, send: channel.send, isWorn })
channel.send({ kind: 'ready' })
