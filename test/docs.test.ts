import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const pages = ['.', 'docs', 'docs/decisions', 'examples/reserve-notice'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, folder, name)),
)

interface Link {
  readonly text: string
  readonly target: string
  readonly line: number | undefined
}

function links(page: string): Link[] {
  const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)]
    .filter(([, , target]) => !/^[a-z]+:/.test(target!))
    .map(([, label, target]) => {
      const [path, anchor] = target!.split('#')
      const line = anchor?.startsWith('L') ? Number(anchor.slice(1)) : undefined
      return { text: label!, target: resolve(dirname(page), path!), line }
    })
}

describe.each(pages.map((page) => [relative(root, page), page]))('%s', (_, page) => {
  it('links only to files that exist', () => {
    const missing = links(page).filter(({ target }) => !existsSync(target))
    expect(missing).toEqual([])
  })

  it('links to the very lines it speaks of', () => {
    const astray = links(page).filter(({ text, target, line }) => {
      if (line === undefined) return false
      return !readFileSync(target, 'utf8').split('\n')[line - 1]?.includes(text.replaceAll('`', ''))
    })
    expect(astray.map(({ text, target, line }) => `${text} at ${relative(root, target)}:${line}`)).toEqual([])
  })
})

it('the README and the pages for users show no command that the command line does not know', () => {
  const known = readdirSync(join(root, 'src/cli/commands')).map((name) =>
    name.replace('.ts', '').replace('-', ':'),
  )
  const shown = ['README.md', 'README.zh-CN.md', 'docs/coming-from-php.md', 'docs/running.md'].flatMap(
    (page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/(?:npx|`)\s?queue ([a-z]+(?::[a-z]+)?)/g)].map(
        ([, name]) => name!,
      ),
  )
  expect(shown.length).toBeGreaterThan(20)
  expect(shown.filter((name) => !known.includes(name))).toEqual([])
})
