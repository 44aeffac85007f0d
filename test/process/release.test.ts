import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { releaseOf } from '../../src/process/release.ts'
import { folderWith } from '../config/folder.ts'

const revision = '0123456789abcdef0123456789abcdef01234567'

describe('what a project’s code is called', () => {
  test.each([
    ['a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${revision}\n` }],
    [
      'a branch among packed refs',
      {
        '.git/HEAD': 'ref: refs/heads/main\n',
        '.git/packed-refs': `# pack-refs with: peeled\n${'f'.repeat(40)} refs/heads/main2\n${revision} refs/heads/main\n`,
      },
    ],
    ['no branch', { '.git/HEAD': `${revision}\n` }],
  ])('is its git revision, on %s', (_, files) => {
    expect(releaseOf(folderWith({ ...files, 'package.json': '{"version":"1.2.3"}' }))).toBe('0123456')
  })

  test('is that of the repository that the folder is in', () => {
    const root = folderWith({ '.git/HEAD': revision, 'packages/app/package.json': '{}' })
    expect(releaseOf(join(root, 'packages/app'))).toBe('0123456')
  })

  test('is what git itself says, in a repository and in a work tree beside it', () => {
    const root = folderWith({ 'a.txt': 'a' })
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd, encoding: 'utf8' })
    git(root, 'init', '-q')
    git(root, 'add', '.')
    git(root, 'commit', '-qm', 'one')
    const head = git(root, 'rev-parse', 'HEAD').slice(0, 7)
    mkdirSync(join(root, 'sub'))
    expect(releaseOf(join(root, 'sub'))).toBe(head)
    const beside = `${root}-beside`
    git(root, 'worktree', 'add', '-q', beside, '-b', 'other')
    expect(releaseOf(beside)).toBe(head)
    git(root, 'worktree', 'remove', beside)
  })

  test('is the version of the package where there is no repository, and unknown where there is neither', () => {
    expect(releaseOf(folderWith({ 'package.json': '{"version":"1.2.3"}' }))).toBe('1.2.3')
    expect(releaseOf(folderWith({ 'package.json': '{' }))).toBeNull()
    expect(releaseOf(folderWith({ '.git/HEAD': 'ref: refs/heads/none' }))).toBeNull()
  })
})
