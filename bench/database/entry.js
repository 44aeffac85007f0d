import { fileURLToPath } from 'node:url'

/** The file that serves the roles. */
export const entry = fileURLToPath(new URL('../database.js', import.meta.url))
