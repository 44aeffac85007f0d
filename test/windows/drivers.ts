import { createRequire } from 'node:module'
import { begin, type Step } from './boundary.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown
type Callback = (...answer: unknown[]) => void

const require = createRequire(import.meta.url)
const hooked = new Set<Step['store']>()

/**
 * Lets everything that leaves for such a store, and every answer, be heard of where its driver is called: nothing of it is in the
 * product, and no request gets by.
 */
export function hookDriver(store: Step['store']): void {
  if (hooked.has(store)) return
  hooked.add(store)
  if (store === 'redis') hookRedis()
  else if (store === 'mysql') hookMysql()
  else hookSqlite()
}

function around(target: object, name: string, wrap: (original: Method) => Method): void {
  const methods = target as Record<string, Method>
  methods[name] = wrap(methods[name]!)
}

interface RedisCommand {
  readonly name: string
  readonly args: readonly unknown[]
  readonly promise: Promise<unknown>
  toWritable(): string | Buffer
}

function hookRedis(): void {
  const { Redis } = require('ioredis') as { Redis: { prototype: object } }
  around(Redis.prototype, 'sendCommand', (original) => {
    return function (this: unknown, ...args) {
      const command = args[0] as RedisCommand
      const answered = begin({ store: 'redis', text: redisText(command) })
      command.promise.then(answered, answered)
      return original.apply(this, args)
    }
  })
}

/** Calls of scripts are written out already, with the digest in the fifth line. */
function redisText(command: RedisCommand): string {
  if (command.name.toLowerCase() !== 'evalsha') return command.name.toUpperCase()
  return `EVALSHA ${command.args[0] ?? String(command.toWritable()).slice(0, 200).split('\r\n')[4]}`
}

function hookMysql(): void {
  const { Connection } = require('mysql2') as { Connection: { prototype: object } }
  around(Object.getPrototypeOf(Connection.prototype) as object, 'query', (original) => {
    return function (this: unknown, sql, params, callback) {
      if (typeof callback !== 'function') return original.call(this, sql, params, callback)
      const answered = begin({ store: 'mysql', text: String(sql) })
      return original.call(this, sql, params, (...answer: unknown[]) => {
        answered()
        ;(callback as Callback)(...answer)
      })
    }
  })
}

function hookSqlite(): void {
  const { prototype } = require('libsql') as { prototype: object }
  const stepped = (sql: unknown, run: () => unknown) => {
    const answered = begin({ store: 'sqlite', text: String(sql) })
    const answer = run()
    answered()
    return answer
  }
  around(prototype, 'exec', (original) => {
    return function (this: unknown, sql) {
      return stepped(sql, () => original.call(this, sql))
    }
  })
  around(prototype, 'prepare', (original) => {
    return function (this: unknown, sql) {
      const statement = original.call(this, sql) as object
      for (const name of ['all', 'run'])
        around(statement, name, (run) => (params) => stepped(sql, () => run.call(statement, params)))
      return statement
    }
  })
}
