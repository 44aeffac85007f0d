import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { commandGroups } from '../../src/cli/commands.ts'
import { Terminal, withoutTmux } from '../tmux.ts'
import { config, Project } from './project.ts'

const commands = Object.values(commandGroups).flatMap((group) => Object.keys(group))

/** How each shell is asked, without a terminal, what it would offer: a line to complete for each argument. */
const drivers = {
  bash: `source <(queue completion bash)
    [[ $(complete -p queue) =~ -F\\ ([^ ]+) ]]
    for COMP_LINE in "$@"; do
      COMP_POINT=\${#COMP_LINE} COMP_WORDS=($COMP_LINE) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      "\${BASH_REMATCH[1]}" queue "\${COMP_WORDS[COMP_CWORD]}" ''
      echo "\${COMPREPLY[*]}"
    done`,
  fish: `queue completion fish | source
    for line in $argv; echo (complete -C $line | string replace -r '\\t.*' '' | string join ' '); end`,
}

/** Where each shell starts without anybody's own settings, its prompt being a $. */
const terminals = {
  bash: 'bash --norc --noprofile -i',
  zsh: 'zsh -f -i',
  fish: 'fish --private --no-config --interactive',
}

/** What makes it complete, and its prompt. */
const beginnings = {
  bash: `PS1='ready$ '; source <(queue completion bash)`,
  zsh: `PS1='ready$ '; source <(queue completion zsh)`,
  fish: `function fish_prompt; echo -n 'ready$ '; end; queue completion fish | source`,
}

type Shell = keyof typeof terminals

const missing = (Object.keys(terminals) as Shell[]).filter(
  (shell) => spawnSync(shell, ['-c', 'exit 0']).status !== 0,
)
for (const shell of missing)
  console.log(`skipped: completion in ${shell} cannot be tested without ${shell} (apt-get install ${shell})`)
if (withoutTmux !== null)
  console.log(`skipped: completion as a person sees it cannot be tested without ${withoutTmux}`)

describe('completion', () => {
  let project: Project
  beforeAll(() => {
    project = new Project({ 'queue.config.ts': config(), 'rows.json': '[]' })
    chmodSync(project.bin, 0o755)
  })
  afterAll(() => project.remove())

  const env = () => ({
    PATH: `${join(project.root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: project.root,
  })

  /** What the shell offers for each line, sorted. */
  const offered = (shell: keyof typeof drivers, ...lines: readonly string[]) => {
    const args =
      shell === 'bash'
        ? ['-c', drivers.bash, 'bash', ...lines]
        : ['--no-config', '-c', drivers.fish, ...lines]
    const { stdout, stderr } = spawnSync(shell, args, {
      cwd: project.root,
      env: { ...process.env, ...env() },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const answers = stdout.split('\n').slice(0, lines.length)
    return answers.map((line) => line.split(' ').filter(Boolean).sort())
  }

  describe.each(['bash', 'fish'] as const)('in %s', (shell) => {
    const test = it.skipIf(missing.includes(shell))

    test('offers every command, and those that begin with what is there', () => {
      const [all, some, after] = offered(shell, 'queue ', 'queue fa', 'queue --config x.ts fa')
      expect(all).toEqual(commands.toSorted())
      expect(some).toEqual(['failed', 'failed-table'])
      expect(after).toEqual(['failed', 'failed-table'])
    })

    test('offers the flags of a command as its own definition has them, those of every command too, and no hidden one', async () => {
      const lines = commands.map((command) => `queue ${command} --`)
      const answers = offered(shell, ...lines, 'queue failed show --')
      for (const [at, command] of [...commands, 'failed show'].entries()) {
        const { stdout } = await project.here(...command.split(' '), '--help')
        const flags = stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)
        const wanted = new Set([...flags].map(([, flag]) => flag!))
        wanted.delete('--version')
        expect({ command, flags: answers[at] }).toEqual({ command, flags: [...wanted].sort() })
      }
    })

    test('offers what a command or a flag takes, where that is one of a few, and nothing else there', () => {
      const lines = ['queue completion ', 'queue service s', 'queue service systemd ', 'queue failed ']
      expect(offered(shell, ...lines)).toEqual([
        ['bash', 'fish', 'zsh'],
        ['supervisor', 'systemd'],
        [],
        ['show'],
      ])
      expect(
        offered(shell, 'queue work --isolate ', 'queue listen --isolate p', 'queue work --tries '),
      ).toEqual([['process', 'thread'], ['process'], []])
      expect(offered(shell, 'queue failed --queue show ', 'queue push work ', 'queue failed show ')).toEqual([
        ['show'],
        [],
        [],
      ])
    })

    test('offers files where a file is meant', () => {
      const lines = ['queue push Says --data-file rows', 'queue --config queue.c', 'queue failed --job rows']
      expect(offered(shell, ...lines)).toEqual([['rows.json'], ['queue.config.ts'], []])
    })
  })

  it.skipIf(missing.includes('bash'))(
    'in bash completes beyond a colon and an equals sign, which end words there',
    () => {
      expect(
        offered('bash', 'queue make:', 'queue mak', 'queue work --isolate=t', 'queue --config=queue.c'),
      ).toEqual([['job'], ['make:job'], ['thread'], ['queue.config.ts']])
    },
  )

  describe.each(Object.keys(terminals) as Shell[])('on a terminal, in %s', (shell) => {
    it.skipIf(missing.includes(shell) || withoutTmux !== null)(
      'completes what is typed when Tab is pressed',
      async () => {
        const terminal = new Terminal(terminals[shell], { folder: project.root, env: env() })
        onTestFinished(() => terminal.close())
        terminal.type(beginnings[shell], 'Enter')
        await terminal.shows(/^ready\$ *$/m)
        for (const [typed, completed] of [
          ['queue mak', 'queue make:job '],
          ['queue service sys', 'queue service systemd '],
          ['queue work --isolate=t', 'queue work --isolate=thread '],
          ['queue failed sh', 'queue failed show '],
          ['queue push Says --data-f', 'queue push Says --data-file '],
          ['queue push --data-file rows', 'queue push --data-file rows.json '],
        ] as const) {
          terminal.type('C-u')
          terminal.type('-l', typed)
          terminal.type('Tab')
          // A letter after it shows that the shell took the word for complete.
          terminal.type('-l', 'x')
          await terminal.shows(new RegExp(`ready\\$ ${completed.replaceAll('.', '\\.')}x`))
        }
        terminal.type('C-u')
        terminal.type('-l', 'queue completion ')
        terminal.type('Tab', 'Tab')
        expect(await terminal.shows(/\bbash\b\s+\bfish\b\s+\bzsh\b/)).toContain('zsh')
      },
    )
  })

  it('says which shells there are when another one is named', async () => {
    expect(await project.here('completion', 'bahs')).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'error: there is no completion for "bahs" (did you mean "bash"?); there is one for bash, zsh, fish\n',
    })
    expect(await project.here('completion')).toMatchObject({ code: 2, stdout: '' })
  })
})
