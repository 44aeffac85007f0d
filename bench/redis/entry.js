import { fileURLToPath } from 'node:url'

/** The file that serves the roles. */
export const entry = fileURLToPath(new URL('../redis.js', import.meta.url))
