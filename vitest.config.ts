import { defineConfig } from 'vitest/config'

/** A file for the counts, so that CI can add them up. */
const report = process.env.QUEUE_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    pool: 'forks',
    maxWorkers: 2,
  },
})
