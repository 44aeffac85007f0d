import { peer } from '../../side-by-side/peers.js'

export const queue = 'bench'

export async function opened(url, options = {}) {
  const { PgBoss } = await peer('pg-boss')
  const boss = new PgBoss({ connectionString: url, ...options })
  boss.on('error', (error) => console.error('pg-boss:', error.message))
  await boss.start()
  return boss
}

/** `insert` is the documented way to add many. */
export async function producerOf(url, { instance, queueOptions } = {}) {
  const boss = await opened(url, instance)
  await boss.createQueue(queue, queueOptions)
  const { Client } = await peer('pg')
  const client = new Client({ connectionString: url })
  await client.connect()
  return {
    push: (data) => boss.send(queue, data),
    bulk: (many) =>
      boss.insert(
        queue,
        many.map((data) => ({ data })),
      ),
    left: async () => {
      const sql = "SELECT count(*)::int AS count FROM pgboss.job WHERE name = $1 AND state < 'completed'"
      return (await client.query(sql, [queue])).rows[0].count
    },
    close: async () => {
      await client.end()
      await boss.stop()
    },
  }
}

export function producer({ url }) {
  return producerOf(url)
}

/** As it is without options: each of the workers asks for one job every two seconds. */
export async function worker({ url, concurrency, run }) {
  const boss = await opened(url)
  return {
    start: () =>
      boss.work(queue, { localConcurrency: concurrency }, async (jobs) => {
        for (const { data } of jobs) await run(data)
      }),
    close: () => boss.stop(),
  }
}
