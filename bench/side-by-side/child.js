import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { pinned } from './cores.js'

/** A process that plays one role and does what it is called to. */
export class Child {
  #child
  #calls = new Map()
  #last = 0
  #ending = false

  /** `entry`: the file that serves the role; `core` as in `pinned`. */
  constructor(entry, role, core) {
    const [command, args] = pinned(core, process.execPath, [entry, '--role', role])
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.#child.on('message', (answer) => this.#answer(answer))
    this.#child.on('exit', (code, signal) => this.#ended(`${role} ended with ${code ?? signal}`))
  }

  /** `marked` is called when the method marks a moment. */
  call(name, argument, marked) {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, marked })
      this.#child.send({ id, name, argument })
    })
  }

  /** Resident memory, MB. */
  residentMb() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
  }

  /** Lets it end what it has open; answers what its role says at last. */
  async close() {
    const answer = await this.call('close')
    this.#ending = true
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
    return answer
  }

  kill() {
    this.#ending = true
    this.#child.kill('SIGKILL')
  }

  #answer({ id, mark, value, error }) {
    const call = this.#calls.get(id)
    if (mark) return void call?.marked?.()
    this.#calls.delete(id)
    if (error === undefined) call.resolve(value)
    else call.reject(new Error(error))
  }

  #ended(how) {
    if (this.#ending) return
    for (const { reject } of this.#calls.values()) reject(new Error(how))
  }
}

/** What this process is for: the role it was given, otherwise the whole run. */
export async function runOrServe(run, roles) {
  const at = process.argv.indexOf('--role')
  if (at === -1) await run(process.argv.slice(2))
  else serve(roles[process.argv[at + 1]]())
}

/** The other side: answers calls with the methods of `role`. A method gets a last argument more: call it to mark a moment. */
function serve(role) {
  process.on('message', async ({ id, name, argument }) => {
    try {
      const value = await role[name](argument ?? {}, () => process.send({ id, mark: true }))
      process.send({ id, value })
    } catch (error) {
      process.send({ id, error: error?.stack ?? String(error) })
    }
  })
  process.once('disconnect', () => process.exit(0))
}
