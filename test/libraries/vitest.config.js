import { mergeConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

/** The tests that need the packages of this folder: the others must run without them. */
const config = mergeConfig(root, { test: { fileParallelism: false } })
config.test.include = ['test/libraries/*.test.js']
config.test.exclude = []
export default config
