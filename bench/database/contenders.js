/** How many jobs are held locally by those that are told to. */
const held = 500

/** Ours first: where each keeps its jobs, and its module, loaded in the process that uses it. */
export const contenders = {
  'thinkq-mysql': { store: 'mysql', load: () => import('./contenders/thinkq.js') },
  'thinkq-mysql-held': {
    store: 'mysql',
    load: async () => (await import('./contenders/thinkq.js')).holding(held),
  },
  'thinkq-sqlite': { store: 'sqlite', load: () => import('./contenders/thinkq.js') },
  'bare-insert': { store: 'mysql', load: () => import('./contenders/bare-insert.js') },
  'graphile-worker': { store: 'postgres', load: () => import('./contenders/graphile-worker.js') },
  'graphile-batching': {
    store: 'postgres',
    load: async () => (await import('./contenders/graphile-worker.js')).batching(held),
  },
  'pg-boss': { store: 'postgres', load: () => import('./contenders/pg-boss.js') },
  'pg-boss-fast': { store: 'postgres', load: () => import('./contenders/pg-boss-fast.js') },
  'sidequest-mysql': { store: 'mysql', load: () => import('./contenders/sidequest.js') },
  'sidequest-sqlite': { store: 'sqlite', load: () => import('./contenders/sidequest.js') },
}
