import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** A file for the counts, so that CI can add them up. */
const report = process.env.QUEUE_TEST_REPORT

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
    include: ['test/**/*.test.ts'],
    exclude: ['test/libraries/**', '**/node_modules/**'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 3,
  },
})
