import { mergeConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

/**
 * The driver below Prisma (mariadb 3.4.5) now and then leaves a rejection of its own unhandled when the server dies under an idle
 * pool. Its errors carry this SQL state with a code of the network, which no other library's do.
 */
const isOfMariadb = ({ code, fatal, sqlState }) => code === 'ECONNRESET' && fatal && sqlState === 'HY000'

/** The tests that need the packages of this folder: the others must run without them. */
const config = mergeConfig(root, { test: { fileParallelism: false } })
delete config.test.projects
config.test.include = ['test/libraries/*.test.js']
config.test.exclude = []
config.test.onUnhandledError = (error) => (isOfMariadb(error) ? false : undefined)
export default config
