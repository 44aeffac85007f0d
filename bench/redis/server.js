import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { pinned } from '../side-by-side/cores.js'
import { freePort } from '../side-by-side/free-port.js'

/** A redis-server of our own, without persistence, in a temporary folder. */
export class Server {
  port
  #child
  #folder
  #client

  async start() {
    this.port = await freePort()
    this.#folder = mkdtempSync(join(tmpdir(), 'thinkq-bench-redis-'))
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.#folder, save: '', appendonly: 'no' }
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)])
    const [command, rest] = pinned('server', 'redis-server', [...args, '--loglevel', 'warning'])
    this.#child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit'] })
    this.#client = new Redis({ host: '127.0.0.1', port: this.port, retryStrategy: () => 50 })
    this.#client.on('error', () => {})
    await this.#client.ping()
  }

  get target() {
    return { port: this.port }
  }

  async stop() {
    this.#client.disconnect()
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }

  flush() {
    return this.#client.flushall()
  }

  async info(section) {
    const lines = (await this.#client.info(section)).split('\r\n').filter((line) => line.includes(':'))
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    )
  }

  /** CPU the server has used so far, ms. */
  async cpuMs() {
    const { used_cpu_sys, used_cpu_user } = await this.info('cpu')
    return (Number(used_cpu_sys) + Number(used_cpu_user)) * 1_000
  }

  /** Bytes in use, buffers of clients left out. */
  async bytes() {
    const { used_memory, mem_clients_normal } = await this.info('memory')
    return Number(used_memory) - Number(mem_clients_normal)
  }

  async version() {
    return (await this.info('server')).redis_version
  }

  /** Commands a second in `seconds`: all that Redis counted, and those that clients sent, without ours. */
  async commands(seconds) {
    const monitor = await this.#client.monitor()
    let names = {}
    monitor.on('monitor', (_, [name], source) => {
      if (source !== 'lua' && name.toLowerCase() !== 'info') names[name] = (names[name] ?? 0) + 1
    })
    const total = async () => Number((await this.info('stats')).total_commands_processed)
    const before = await total()
    names = {}
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    const counted = (await total()) - before - 1
    monitor.disconnect()
    const sent = Object.values(names).reduce((sum, count) => sum + count, 0)
    return { counted: Math.max(counted, 0) / seconds, sent: sent / seconds, names }
  }
}
