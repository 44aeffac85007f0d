import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import knex from 'knex'
import { Kysely, sql as kyselySql, MysqlDialect } from 'kysely'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { DataSource } from 'typeorm'
import { drizzleTx, knexTx, kyselyTx, prismaTx, typeormTx } from './adapters.js'
import { PrismaClient } from './generated/index.js'

/**
 * A library at work on a MySQL: `transaction(fn)` calls `fn` with what a push takes as `tx` and with what runs SQL in the same
 * transaction; `query` runs SQL as a job does; `pool` is a pool of mysql2 that it was given, if it takes one.
 */
export const libraries = {
  async Knex(url) {
    const db = knex({ client: 'mysql2', connection: url })
    return {
      transaction: (fn) => db.transaction((trx) => fn(knexTx(trx), (text) => trx.raw(text))),
      query: (text) => db.raw(text),
      close: () => db.destroy(),
    }
  },

  async Drizzle(url) {
    const pool = mysqlPromise.createPool(url)
    const db = drizzle(pool)
    return {
      transaction: (fn) =>
        db.transaction((tx) => fn(drizzleTx(tx), (text) => tx.execute(drizzleSql.raw(text)))),
      query: (text) => db.execute(drizzleSql.raw(text)),
      pool,
      close: () => pool.end(),
    }
  },

  async Kysely(url) {
    const pool = mysql.createPool(url)
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) })
    return {
      transaction: (fn) =>
        db.transaction().execute((trx) => fn(kyselyTx(trx), (text) => kyselySql.raw(text).execute(trx))),
      query: (text) => kyselySql.raw(text).execute(db),
      pool,
      close: () => db.destroy(),
    }
  },

  async TypeORM(url) {
    const db = await new DataSource({ type: 'mysql', connectorPackage: 'mysql2', url }).initialize()
    return {
      transaction: (fn) => db.transaction((manager) => fn(typeormTx(manager), (text) => manager.query(text))),
      query: (text) => db.query(text),
      close: () => db.destroy(),
    }
  },

  async Prisma(url) {
    const { hostname, port, username, pathname } = new URL(url)
    const server = { host: hostname, port: Number(port), user: username, database: pathname.slice(1) }
    const db = new PrismaClient({
      adapter: new PrismaMariaDb({ ...server, connectionLimit: 3, acquireTimeout: 1_000 }),
    })
    return {
      transaction: (fn) => db.$transaction((tx) => fn(prismaTx(tx), (text) => tx.$executeRawUnsafe(text))),
      query: (text) => db.$queryRawUnsafe(text),
      close: () => db.$disconnect(),
    }
  },
}
