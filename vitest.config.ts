import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { scratchFolder } from './test/scratch.ts'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** A file for the counts, so that CI can add them up. */
const report = process.env.QUEUE_TEST_REPORT

const fights = 'test/chaos/chaos.test.ts'
/** Files to leave out, with spaces between them. */
const without = process.env.QUEUE_TEST_WITHOUT?.split(' ').filter(Boolean) ?? []
const others = ['test/libraries/**', '**/node_modules/**', ...without]

export default defineConfig({
  resolve: {
    // The example's imports of this package mean its source, as everywhere in the tests.
    alias: [
      { find: /^thinkq$/, replacement: source('index.ts') },
      { find: /^thinkq\/database$/, replacement: source('database/index.ts') },
      { find: /^thinkq\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    // The fights take the whole machine: what measures leases and deadlines beside them would see those of its own end.
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [...others, fights] } },
      {
        extends: true,
        test: { name: 'chaos', include: [fights], exclude: others, sequence: { groupOrder: 1 } },
      },
    ],
    env: { TMPDIR: scratchFolder() },
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 3,
  },
})
