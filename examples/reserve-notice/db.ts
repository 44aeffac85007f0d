import { createDatabase } from 'thinkq/database'
import { databaseUrl, root } from './settings.ts'

/** The application's one database; it connects when first used. */
export const db = createDatabase({ url: databaseUrl, root })
