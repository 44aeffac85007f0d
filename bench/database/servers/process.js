import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** A server's clock ticks, ms each: what Linux counts processor time in. */
const tickMs = 10

/** A server process that we started, with what it has said for when it does not answer. */
export class ServerProcess {
  #child
  #ended
  #log = ''

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child.stderr.on('data', (text) => {
      this.#log = `${this.#log}${text}`.slice(-4_000)
    })
    this.#ended = once(this.#child, 'exit')
  }

  /** Tries until `connect` succeeds; throws when the server ends or does not answer within 30 s. */
  async ready(connect) {
    const until = performance.now() + 30_000
    for (;;) {
      try {
        return await connect()
      } catch (error) {
        if (this.#child.exitCode !== null || performance.now() > until)
          throw new Error(`${this.#child.spawnfile} does not answer (${error.message}): ${this.#log}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  /** CPU that it and its children have used so far, ms. */
  cpuMs() {
    const { pid } = this.#child
    const own = statOf(pid)
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(statOf)
      .filter((stat) => stat?.parent === pid)
    return [own, ...children].reduce((sum, { ticks }) => sum + ticks, 0) * tickMs
  }

  async stop(signal) {
    this.#child.kill(signal)
    await this.#ended
  }
}

/** Of a process: its parent, and its time with that of the children it has waited for. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0)
    return { parent: Number(fields[1]), ticks }
  } catch {
    return undefined
  }
}
