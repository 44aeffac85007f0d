import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src')

interface Source {
  /** From the repository, with `/`: `src/worker/worker.ts`. */
  readonly path: string
  /** The first folder below `src`, or the file's own name: `worker`, `queue`. */
  readonly room: string
  /** Without comments, and without the text of the files that `make:job` writes. */
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
}

interface Import {
  readonly of: string
  /** The room, for what is ours. */
  readonly room: string | undefined
  /** Gone when the types are: costs nothing when the program runs. */
  readonly isType: boolean
  readonly isLazy: boolean
}

const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
const lazy = /\b(?:import|require|createRequire\([^)]*\)|load)\('([^']+)'\)/g

function read(file: string): Source {
  const text = readFileSync(file, 'utf8')
  const path = slashed(relative(root, file))
  const own = path.startsWith('src/cli/scaffold/') ? text.replace(/`(?:\\.|[^`\\])*`/g, '``') : text
  const code = own.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
  const named = (of: string) => (of.startsWith('.') ? roomOf(resolve(dirname(file), of)) : undefined)
  const imports = [
    ...[...code.matchAll(statement)].map(([, type, of]) => {
      return { of: of!, room: named(of!), isType: type !== undefined, isLazy: false }
    }),
    ...[...code.matchAll(lazy)].map(([, of]) => {
      return { of: of!, room: named(of!), isType: false, isLazy: true }
    }),
  ]
  return { path, room: roomOf(file), code, lines: text.split('\n').length - 1, imports }
}

function roomOf(file: string): string {
  return slashed(relative(src, file)).split('/')[0]!.replace(/\.ts$/, '')
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const sources = filesBelow(src).map(read)

/** Every import that the rule forbids, as `file imports what`. */
function offences(isOffence: (source: Source, imported: Import) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((imported) => isOffence(source, imported))
      .map((imported) => `${source.path} imports ${imported.of}`),
  )
}

/** Every file in which the pattern occurs, but for those that may. */
function filesWith(pattern: RegExp, but: RegExp): string[] {
  return sources.filter(({ path, code }) => pattern.test(code) && !but.test(path)).map(({ path }) => path)
}

/** Files that import a package, outside of where it belongs. */
function strangers(packages: RegExp, home: RegExp): string[] {
  return offences(({ path }, { of }) => packages.test(of) && !home.test(path))
}

const leaves = ['contract', 'payload', 'emitter', 'lock', 'control', 'effects']

/** What each room may import besides itself. */
const may: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  payload: ['contract'],
  emitter: ['contract'],
  lock: ['contract'],
  control: ['contract', 'lock'],
  roster: ['contract', 'lock'],
  effects: ['contract', 'payload'],
  database: ['contract', 'effects'],
  jobs: ['contract'],
  process: ['contract'],
  queue: ['contract', 'payload'],
  config: ['contract', 'process'],
  connectors: [...leaves, 'database'],
  outbox: ['contract', 'database'],
  watchdog: ['contract'],
  sandbox: ['contract', 'process'],
  worker: leaves,
  metrics: ['contract', 'payload', 'emitter'],
  testing: [...leaves, 'database', 'jobs', 'process', 'queue', 'sandbox'],
  compose: [
    ...leaves,
    ...['config', 'connectors', 'database', 'jobs', 'outbox', 'process', 'queue', 'sandbox', 'worker'],
  ],
  facade: ['compose', 'config', 'queue'],
  index: ['contract', 'config', 'facade', 'queue'],
  cli: [
    ...leaves,
    ...['compose', 'config', 'connectors', 'jobs', 'metrics', 'process', 'roster', 'sandbox'],
    ...['watchdog', 'worker'],
  ],
}

test('the sources are found, and their imports are read', () => {
  expect(sources.length).toBeGreaterThan(80)
  const worker = sources.find(({ path }) => path === 'src/worker/worker.ts')!
  expect(worker.imports.map(({ room }) => room)).toContain('control')
  expect(sources.flatMap(({ imports }) => imports).filter(({ isLazy }) => isLazy).length).toBeGreaterThan(5)
})

describe('imports point one way', () => {
  for (const [room, allowed] of Object.entries(may)) {
    test(`${room} imports ${allowed.length === 0 ? 'nothing outside itself' : `only ${allowed.join(', ')}`}`, () => {
      expect(sources.some((source) => source.room === room)).toBe(true)
      const outside = (of: Import) => of.room !== undefined && of.room !== room && !allowed.includes(of.room)
      expect(offences((source, of) => source.room === room && outside(of))).toEqual([])
    })
  }

  test('every room has its rule here', () => {
    expect([...new Set(sources.map(({ room }) => room))].filter((room) => !(room in may))).toEqual([])
  })

  test('no room imports another in a circle', () => {
    const reaches = (from: string, seen = new Set<string>()): Set<string> => {
      for (const next of may[from]!) if (!seen.has(next)) reaches(next, seen.add(next))
      return seen
    }
    expect(Object.keys(may).filter((room) => reaches(room).has(room))).toEqual([])
  })

  test('worker and connectors never import each other', () => {
    expect(
      offences(
        ({ room }, of) =>
          (room === 'worker' && of.room === 'connectors') || (room === 'connectors' && of.room === 'worker'),
      ),
    ).toEqual([])
  })

  test('the command line knows the worker by its type alone', () => {
    expect(offences(({ room }, of) => room === 'cli' && of.room === 'worker' && !of.isType)).toEqual([])
  })

  test('contract imports no package and nothing of node', () => {
    expect(offences(({ room }, of) => room === 'contract' && of.room === undefined)).toEqual([])
  })

  test('nothing in src imports tests, examples or the built package', () => {
    expect(offences((_, { of }) => /^thinkq|(^|\/)(test|examples|dist|bench)\//.test(of))).toEqual([])
  })

  test('relative imports name the file they mean', () => {
    expect(offences((_, { of }) => of.startsWith('.') && !of.endsWith('.ts'))).toEqual([])
  })
})

describe('each package has one home', () => {
  test('the SQLite drivers are imported in src/database alone, when they are needed', () => {
    const drivers = /^(libsql|node:sqlite|better-sqlite3)/
    expect(strangers(drivers, /^src\/database\//)).toEqual([])
    expect(offences((_, of) => drivers.test(of.of) && !of.isLazy && !of.isType)).toEqual([])
    expect(sources.flatMap(({ imports }) => imports).some(({ of }) => of === 'node:sqlite')).toBe(true)
  })

  test('mysql2 in src/database/mysql alone, when it is needed', () => {
    expect(strangers(/^mysql2/, /^src\/database\/mysql\//)).toEqual([])
    expect(offences((_, of) => /^mysql2/.test(of.of) && !of.isLazy && !of.isType)).toEqual([])
  })

  test('ioredis in src/connectors/redis alone, when it is needed', () => {
    expect(strangers(/^ioredis/, /^src\/connectors\/redis\//)).toEqual([])
    expect(offences((_, of) => of.of === 'ioredis' && !of.isLazy && !of.isType)).toEqual([])
  })

  test('commander and cli-table3 in src/cli', () => {
    expect(strangers(/commander|^cli-table3/, /^src\/cli\//)).toEqual([])
  })

  test('pino in src/process/log.ts', () => {
    expect(strangers(/^pino/, /^src\/process\/log\.ts$/)).toEqual([])
  })

  test('cosmiconfig in src/config/load.ts', () => {
    expect(strangers(/^cosmiconfig/, /^src\/config\/load\.ts$/)).toEqual([])
  })

  test('jiti in src/process/modules.ts, when it is needed', () => {
    expect(strangers(/^jiti/, /^src\/process\/modules\.ts$/)).toEqual([])
    expect(offences((_, of) => of.of === 'jiti' && !of.isLazy && !of.isType)).toEqual([])
  })

  test('zod in src/config, when it is needed', () => {
    expect(strangers(/^zod/, /^src\/config\//)).toEqual([])
    expect(offences((_, of) => /^zod$|\/zod\.ts$/.test(of.of) && !of.isLazy && !of.isType)).toEqual([
      'src/config/zod.ts imports zod',
    ])
  })

  test('and none is used that package.json does not name', () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const known = Object.keys({ ...dependencies, ...optionalDependencies })
    const used = sources
      .flatMap(({ imports }) => imports.map(({ of }) => of))
      .filter((of) => !of.startsWith('.') && !of.startsWith('node:'))
      .map((of) => of.split('/', of.startsWith('@') ? 2 : 1).join('/'))
    expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('what belongs to the process stays with it', () => {
  test('process.on, process.exit and process.kill appear in src/process alone', () => {
    expect(filesWith(/\bprocess\s*\.\s*(on|once|off|exit|kill)\s*\(/, /^src\/process\//)).toEqual([])
  })

  test('Date.now appears in src/process and the memory store alone', () => {
    expect(filesWith(/\bDate\s*\.\s*now\b|\bnew Date\(\)/, /^src\/(process|connectors\/memory)\//)).toEqual(
      [],
    )
  })
})

describe('the house stays tidy', () => {
  test('no file has more than 250 lines', () => {
    expect(sources.filter(({ lines }) => lines > 250).map(({ path, lines }) => `${path}: ${lines}`)).toEqual(
      [],
    )
  })

  test('there are no heaps: utils, helpers, common, misc, types.ts, interfaces.ts', () => {
    const heap = /(^|\/)(utils?|helpers?|common|misc|shared|lib)(\/|\.ts$)|(^|\/)(types|interfaces)\.ts$/
    expect(sources.filter(({ path }) => heap.test(path)).map(({ path }) => path)).toEqual([])
  })

  test('no name begins with I for interface, or says Manager, Base or Abstract', () => {
    const declared =
      /\b(?:class|interface|type)\s+(I[A-Z][a-z]\w*|\w*Manager\w*|(?:Base|Abstract)\w*|\w+Base)\b/
    expect(filesWith(declared, /^$/)).toEqual([])
  })

  test('there are no default exports', () => {
    expect(filesWith(/^export default\b/m, /^$/)).toEqual([])
  })

  test('no work is left to do in comments', () => {
    const marked = filesBelow(src).filter((file) => /\b(TODO|FIXME|XXX)\b/.test(readFileSync(file, 'utf8')))
    expect(marked).toEqual([])
  })

  test('the binary only imports the built command line', () => {
    const binary = readFileSync(join(root, 'bin/queue.js'), 'utf8')
    expect(binary.split('\n').length).toBeLessThan(12)
    expect([...binary.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(([, a, b]) => a ?? b)).toEqual([
      '../dist/cli/main.js',
    ])
  })

  test('what package.json promises exists', () => {
    for (const path of ['src/index.ts', 'src/database/index.ts', 'src/testing/index.ts', 'bin/queue.js'])
      expect(existsSync(join(root, path))).toBe(true)
  })
})
