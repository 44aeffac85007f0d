import type * as zod from 'zod'
import { ConfigError } from '../contract/errors.ts'
import { commonKeys, configShape, connectorKeys, type QueueConfig } from './schema.ts'
import { isModulePath, meantKey, spelledKeys } from './spelling.ts'

/** A configuration of the right shape; options of a connector of the user's own stand beside the known keys. */
export type CheckedConfig = QueueConfig & { readonly [option: string]: unknown }

type Issue = zod.core.$ZodIssue
type Keys = Record<string, unknown>

const connectionKeys = [...commonKeys, ...new Set(Object.values(connectorKeys).flat())]

/**
 * Checks a configuration as the user wrote it. `where` names it in messages: its file. Throws a `ConfigError` that lists every
 * mistake: the key, the value given and what was meant. Values of secret keys are never shown.
 */
export async function checkConfig(value: unknown, where: string): Promise<CheckedConfig> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(
      `${where}: expected an object of settings, not ${shown(value)}; write export default defineConfig({ … })`,
    )
  const shape = configShape(await import('./zod.ts'))
  const known = Object.keys(shape.shape)
  const written = spelledKeys(value as Keys, known)
  const { own, rest } = ownOptions(written, known)
  const connections = spelledConnections(rest.connections)
  const result = shape.safeParse(connections === undefined ? rest : { ...rest, connections })
  const mistakes = result.success
    ? []
    : result.error.issues.flatMap((issue) => explain(issue, shape, written))
  mistakes.push(...unknownOptions(connections))
  if (mistakes.length > 0) throw new ConfigError(message(where, mistakes))
  return { ...own, ...result.data }
}

/** What a connector of the user's own may call its options at the top level, apart from what we know. */
function ownOptions(written: Keys, known: readonly string[]): { own: Keys; rest: Keys } {
  const { connector } = written
  if (typeof connector !== 'string' || !isModulePath(connector)) return { own: {}, rest: written }
  const isOurs = ([key]: [string, unknown]) => known.includes(key)
  const entries = Object.entries(written)
  return {
    own: Object.fromEntries(entries.filter((entry) => !isOurs(entry))),
    rest: Object.fromEntries(entries.filter(isOurs)),
  }
}

function spelledConnections(connections: unknown): Keys | undefined {
  if (typeof connections !== 'object' || connections === null || Array.isArray(connections)) return undefined
  const spell = ([name, each]: [string, unknown]): [string, unknown] =>
    typeof each === 'object' && each !== null
      ? [name, spelledKeys(each as Keys, connectionKeys)]
      : [name, each]
  return Object.fromEntries(Object.entries(connections).map(spell))
}

function unknownOptions(connections: Keys = {}): string[] {
  const mistakes: string[] = []
  for (const [name, each] of Object.entries(connections)) {
    if (typeof each !== 'object' || each === null) continue
    const { connector } = each as Keys
    if (typeof connector === 'string' && isModulePath(connector)) continue
    for (const key of Object.keys(each))
      if (!connectionKeys.includes(key)) mistakes.push(unknownKey(['connections', name], key, connectionKeys))
  }
  return mistakes
}

function message(where: string, mistakes: readonly string[]): string {
  return mistakes.length === 1 ? `${where}: ${mistakes[0]}` : `${where}:\n  ${mistakes.join('\n  ')}`
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): string {
  return `${[...path, key].join('.')} is an unknown key${meantKey(key, known)}`
}

function explain(issue: Issue, shape: zod.ZodObject, written: Keys): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(issue.path, key, keysAt(shape, issue.path)))
  const value = issue.path.reduce<unknown>((at, key) => (at as Keys | undefined)?.[key as string], written)
  const key = issue.path.map(String).join('.')
  return [`${key} is ${isSecret(key) ? kindOf(value) : shown(value)}; expected ${expected(issue)}`]
}

/** The keys known at a path; none where the schema has no names. */
function keysAt(shape: zod.ZodObject, path: readonly PropertyKey[]): string[] {
  let at: unknown = shape
  for (const key of path) {
    const inner = unwrapped(at) as { shape?: Keys }
    at = inner.shape?.[key as string]
  }
  return Object.keys((unwrapped(at) as { shape?: Keys } | undefined)?.shape ?? {})
}

function unwrapped(schema: unknown): unknown {
  const optional = schema as { unwrap?: () => unknown } | undefined
  return optional?.unwrap === undefined ? schema : unwrapped(optional.unwrap())
}

function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return words[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ')
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array' ? 'something' : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(expected))].join(', or ')
    case 'unrecognized_keys':
      return `no ${issue.keys.join(', ')}`
    default:
      return issue.message.replace(/^expected /, '')
  }
}

const words: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'an empty list',
}

function isSecret(key: string): boolean {
  return /(^|\.)(password|token|dsn|url)(\.|$)/.test(key)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : (words[typeof value] ?? typeof value)
}

function shown(value: unknown): string {
  const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
  const text =
    isPlain && !Number.isNaN(value) ? JSON.stringify(value) : Number.isNaN(value) ? 'NaN' : kindOf(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
