import { readdirSync } from 'node:fs'
import { Script } from '../../src/connectors/redis/script.ts'
import type { Step } from './boundary.ts'

const scripts = new Map<string, string>()
const folder = new URL('../../src/connectors/redis/lua/', import.meta.url)
for (const file of readdirSync(folder))
  for (const value of Object.values((await import(new URL(file, folder).href)) as object))
    if (value instanceof Script) scripts.set(value.sha, value.name)

/** A request by what it does and to which tables; `prefix` is that of the tables. */
export function stepName({ store, text }: Step, prefix = ''): string {
  if (store === 'redis') {
    const [command, digest = ''] = text.split(' ')
    return digest === '' ? command! : `script ${scripts.get(digest) ?? digest}`
  }
  return text
    .replaceAll(prefix === '' ? /(?!)/g : prefix, '')
    .replace('BEGIN NOT ATOMIC', '$&;')
    .split(/;\n/)
    .map((statement) => statementName(statement.trim()))
    .join('; ')
}

function statementName(sql: string): string {
  const [verb = ''] = /^(?:START TRANSACTION|BEGIN \w+(?: \w+)?|PRAGMA \w+|\w+)/.exec(sql) ?? []
  const tables = sql.matchAll(/(?:\bFROM|\bINTO|^UPDATE)\s+[`"]?(\w+)[`"]?/g)
  return [verb, ...new Set([...tables].map(([, table]) => table))].join(' ')
}
