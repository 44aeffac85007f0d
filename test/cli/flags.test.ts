import { describe, expect, it } from 'vitest'
import { runsOnce, type WorkCommandFlags, workerFlags } from '../../src/cli/work/flags.ts'
import { ConfigError } from '../../src/contract/errors.ts'

const typed = (flags: Partial<WorkCommandFlags>): WorkCommandFlags => ({ color: true, ...flags })

const notSeconds = ['abc', 'NaN', '-1', '1e99', '99999999999', '', ' ', '0x10', 'Infinity', '1,5', '3s']
const notCounts = [...notSeconds, '1.5', '1e3']

describe('the flags of work', () => {
  it.each(['timeout', 'delay', 'sleep', 'rest', 'maxTime', 'grace'] as const)(
    '%s takes seconds and refuses everything else by its name',
    (flag) => {
      expect(workerFlags(typed({ [flag]: '1.5' }))).toMatchObject({ [flag]: 1.5 })
      for (const text of notSeconds) {
        const read = () => workerFlags(typed({ [flag]: text }))
        expect(read, text).toThrow(ConfigError)
        expect(read, text).toThrow(/^--[a-z-]+ is "/)
      }
    },
  )

  it.each(['tries', 'memory', 'maxJobs', 'concurrency'] as const)(
    '%s takes a whole number and refuses everything else by its name',
    (flag) => {
      expect(workerFlags(typed({ [flag]: '3' }))).toMatchObject({ [flag]: 3 })
      for (const text of notCounts) {
        const read = () => workerFlags(typed({ [flag]: text }))
        expect(read, text).toThrow(ConfigError)
        expect(read, text).toThrow(/^--[a-z-]+ is "/)
      }
    },
  )

  it('backoff takes figures or exponential', () => {
    expect(workerFlags(typed({ backoff: '3,10,60' })).backoff).toEqual([3, 10, 60])
    expect(workerFlags(typed({ backoff: 'exponential' })).backoff).toBe('exponential')
    for (const text of ['', ',', '3,', '3,x', '-1', 'slowly'])
      expect(() => workerFlags(typed({ backoff: text })), text).toThrow(ConfigError)
  })

  it('runs one job unless told to keep running, and once beats everything', () => {
    expect(runsOnce(typed({}))).toBe(true)
    expect(runsOnce(typed({ daemon: true }))).toBe(false)
    expect(runsOnce(typed({ maxJobs: '5' }))).toBe(false)
    expect(runsOnce(typed({ maxJobs: '0' }))).toBe(true)
    expect(runsOnce(typed({ maxTime: '5' }))).toBe(false)
    expect(runsOnce(typed({ stopWhenEmpty: true }))).toBe(false)
    expect(runsOnce(typed({ daemon: true, once: true }))).toBe(true)
  })
})
