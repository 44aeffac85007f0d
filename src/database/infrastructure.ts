import type { Infrastructure } from '../contract/infrastructure.ts'
import { isConnectionLost } from './mysql/failures.ts'
import { pingOf } from './mysql/lost-pings.ts'

/** The databases of `createDatabase`, each of which can be asked whether it answers again. */
export const ownDatabases: Infrastructure = {
  isLost: (error) => isConnectionLost(error) && pingOf(error) !== undefined,
  ping: (error) => pingOf(error)?.(),
}

/** Databases reached by other clients, by the fields that MySQL and its driver give their errors. */
export const otherDatabases: Infrastructure = { isLost: isConnectionLost }
