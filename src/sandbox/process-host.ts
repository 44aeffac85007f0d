import type { Socket } from 'node:net'
import { startOwn } from '../process/own-process.ts'
import type { FromSandbox } from './messages.ts'
import type { StartHost } from './sandbox.ts'

/** A sandbox in a process that runs `script`, absolute, with this argument. `memory`: most MB of heap. */
export function processHost(script: string, argument: string, memory: number | undefined): StartHost {
  return ({ heard, ended }) => {
    const child = startOwn(script, [argument], {
      nodeArguments: memory === undefined ? [] : [`--max-old-space-size=${memory}`],
      saysWhy: true,
      serialization: 'advanced',
    })
    let isKilled = false
    let reason = ''
    child.on('message', (message) => heard(message as FromSandbox))
    child.stdio[4]?.on('data', (words) => {
      reason += words
    })
    child.once('error', (error) => ended(`could not be started: ${error.message}`))
    // After its streams: the reason is in one of them.
    child.once('close', (code, signal) =>
      ended(isKilled ? 'was killed' : reason || howEnded(code, signal, memory)),
    )
    return {
      send: (message) => {
        if (child.connected) child.send(message, () => undefined)
      },
      kill() {
        isKilled = true
        child.kill('SIGKILL')
      },
      hold(isHeld) {
        const change = isHeld ? 'ref' : 'unref'
        child[change]()
        child.channel?.[change]()
        ;(child.stdio[4] as Socket | null)?.[change]()
      },
    }
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null, memory: number | undefined): string {
  if (signal === null) return `ended its process with code ${code}`
  if (signal !== 'SIGABRT' || memory === undefined) return `had its process ended by ${signal}`
  return `ran out of memory or aborted: ${memory} MB of heap are its limit`
}
