import { defineConfig } from 'rolldown'

/** What is started or imported from elsewhere, by its path below `src`. All other modules are gathered in chunks. */
const entries = [
  // By users, as package.json says.
  'index',
  'database/index',
  'testing/index',
  'cli/main',
  // As threads and processes of their own (src/process/own-package.ts).
  'cli/work/watchdog-thread',
  'cli/work/sandbox-entry',
  'process/guard-thread',
  'testing/trial/trial-entry',
  // By the example's demo, by benchmarks, and by tests of the build.
  'cli/work/watch',
  'compose',
  'config/load',
  'config/resolve',
  'config/units',
  'connectors/database/index',
  'connectors/database/options',
  'connectors/database/schema/mysql',
  'connectors/database/schema/sqlite',
  'connectors/memory/index',
  'connectors/memory/store',
  'connectors/redis/client',
  'connectors/redis/handshake',
  'connectors/redis/options',
  'database/sqlite/driver',
  'emitter',
  'process/clock',
  'process/memory',
  'process/modules',
  'worker/worker',
]

export default defineConfig({
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  platform: 'node',
  onwarn: (warning) => {
    throw new Error(warning.message)
  },
  // Dependencies are npm's affair, but for zod: it is loaded by each command, and has ninety files more than are used of it.
  external: (id) => !/^([./]|zod$)/.test(id),
  output: { dir: 'dist', format: 'esm', chunkFileNames: 'chunks/[name].js', cleanDir: true },
})
