import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ended, Project, Running } from '../cli/project.ts'

/** What is missing on this machine; null: nothing. */
export const missing = spawnSync('supervisord', ['--version']).status === 0 ? null : 'supervisord'

const isTethered = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0

/** Debian's own supervisord, with a socket and a configuration in a folder of its own. It says what its programs say. */
export class Supervisord {
  readonly #project: Project
  readonly #folder = mkdtempSync(join(tmpdir(), 'thinkq-supervisord-'))
  readonly #config = join(this.#folder, 'supervisord.conf')
  readonly process: Running

  /** Runs the programs of these texts. */
  constructor(project: Project, programs: string) {
    this.#project = project
    writeFileSync(join(this.#folder, 'programs.conf'), programs)
    writeFileSync(this.#config, configuration(this.#folder))
    // When the test's process is killed, it still ends its programs.
    const tether = isTethered ? 'setpriv --pdeathsig TERM ' : ''
    this.process = project.run({ shell: `cd / && exec ${tether}supervisord -n -c ${this.#config}` })
  }

  /** Of the program that was started last. */
  get pid(): number {
    return Number([...this.process.stdout.matchAll(/spawned: .* with pid (\d+)/g)].at(-1)![1])
  }

  control(...args: readonly string[]): Promise<Ended> {
    return this.#project.run({ shell: `supervisorctl -c ${this.#config} ${args.join(' ')}` }).ended
  }

  /** Ends the programs and then itself. */
  async end(): Promise<void> {
    this.process.signal('SIGTERM')
    await this.process.ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Who may change his user only if he is root, and then the folder of the test is his. */
export const asOurselves = (program: string) =>
  program.replace(/^user=.*$/m, process.getuid?.() === 0 ? 'user=root' : '')

const configuration = (folder: string) => `[supervisord]
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
loglevel=debug
[unix_http_server]
file=${folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${folder}/socket
[include]
files=programs.conf
`
