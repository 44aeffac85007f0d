import type { Backoff, JobSettings } from '../contract/job.ts'
import { shown } from './problem.ts'

interface Rule {
  readonly allows: (value: unknown) => boolean
  readonly wanted: string
}

const rules: Readonly<Record<keyof JobSettings, Rule>> = {
  tries: {
    allows: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    wanted: 'a whole number of deliveries, 0 for ever',
  },
  timeout: { allows: isSeconds, wanted: 'a number of seconds' },
  backoff: { allows: isBackoff, wanted: "a number of seconds, a list of them, or 'exponential'" },
  queue: {
    allows: (value) => typeof value === 'string' && value.trim() !== '',
    wanted: 'the name of a queue',
  },
  isolate: {
    allows: (value) => value === false || value === 'thread' || value === 'process',
    wanted: "'thread', 'process' or false",
  },
  memory: {
    allows: (value) => Number.isSafeInteger(value) && (value as number) > 0,
    wanted: 'a whole number of MB, at least 1',
  },
  middleware: {
    allows: (value) => Array.isArray(value) && value.every((each) => typeof each === 'function'),
    wanted: 'a list of functions (job, next) => …',
  },
}

/** The settings a class or a function of `defineJob` carries, and in words what is wrong with them. */
export function readSettings(source: object): { readonly settings: JobSettings; readonly faults: string[] } {
  const settings: Record<string, unknown> = {}
  const faults: string[] = []
  for (const name of Object.keys(rules) as (keyof JobSettings)[]) {
    const value = (source as Record<string, unknown>)[name]
    if (value === undefined) continue
    const fault = settingFault(name, value)
    if (fault === undefined) settings[name] = value
    else faults.push(fault)
  }
  return { settings, faults }
}

/** Why a setting cannot have that value, in words; undefined when it can. */
export function settingFault(name: keyof JobSettings, value: unknown): string | undefined {
  if (rules[name].allows(value)) return undefined
  return `\`${name}\` must be ${rules[name].wanted}, not ${shown(value)}`
}

function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isBackoff(value: unknown): value is Backoff {
  if (Array.isArray(value)) return value.length > 0 && value.every(isSeconds)
  return value === 'exponential' || isSeconds(value)
}
