import { Files } from './files.js'
import { MariaDb } from './mariadb.js'
import { Postgres, postgresPrograms } from './postgres.js'

const makes = {
  mysql: () => new MariaDb(),
  postgres: () => new Postgres(programs()),
  sqlite: () => new Files(),
}

function programs() {
  const folder = postgresPrograms()
  if (folder === null) throw new Error('no PostgreSQL was found: install one, or leave out its contenders')
  return folder
}

/** Each store that is wanted, started once, by its name. */
export async function startStores(names) {
  const stores = {}
  try {
    for (const name of new Set(names)) {
      stores[name] = makes[name]()
      await stores[name].start()
    }
    return stores
  } catch (error) {
    await stopStores(stores)
    throw error
  }
}

export async function stopStores(stores) {
  for (const store of Object.values(stores)) await store.stop()
}
