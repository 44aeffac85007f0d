import { describe, expect, it } from 'vitest'
import type { QueueSize } from '../../src/contract/connector.ts'
import type { WorkerReport } from '../../src/contract/report.ts'
import { metricsPage } from '../../src/metrics/page.ts'
import { Ended } from '../../src/metrics/reports.ts'
import { emptyTally } from '../../src/metrics/tally.ts'
import { missing, promtool } from './promtool.ts'

const size: QueueSize = { ready: 3, delayed: 2, reserved: 1, failed: 4, oldestMs: 1_500 }
const usage = { cpu: 1.25, residentBytes: 1_000, startedAt: 1_795_772_894.29 }

function report(more: Partial<WorkerReport> = {}): WorkerReport {
  const health = { takesJobs: true, reservedMs: 250, hungryMs: 250, boundMs: 13_000 }
  return { tallies: [], running: { a: 2 }, paused: [], health, usage, ...more }
}

function page({
  workers = [report()],
  sizes = new Map([['a', size]]) as ReadonlyMap<string, QueueSize> | null,
  queues = ['a'],
} = {}): string {
  return metricsPage({
    about: { version: '1' },
    reports: { workers, ended: new Ended() },
    queues,
    sizes: sizes ?? undefined,
    usage,
  })
}

describe('the page of metrics', () => {
  it('shows what the store has by queue and state', () => {
    const lines = page().split('\n')
    for (const [state, count] of [
      ['ready', 3],
      ['delayed', 2],
      ['reserved', 1],
      ['failed', 4],
    ])
      expect(lines).toContain(`thinkq_queue_jobs{queue="a",state="${state}"} ${count}`)
    expect(lines).toContain('thinkq_queue_oldest_seconds{queue="a"} 1.5')
    expect(lines).toContain('thinkq_store_up 1')
  })

  it('leaves out what the store did not say, and says that it did not', () => {
    const text = page({ sizes: null })
    expect(text).toContain('thinkq_store_up 0\n')
    expect(text).not.toContain('thinkq_queue_jobs')
    expect(text).not.toContain('thinkq_queue_oldest_seconds')
  })

  it('an empty queue has an oldest job of no age, and one whose age nobody knows has none', () => {
    const empty = page({ sizes: new Map([['a', { ...size, ready: 0, oldestMs: null }]]) })
    expect(empty).toContain('thinkq_queue_oldest_seconds{queue="a"} 0\n')
    const unknown = page({ sizes: new Map([['a', { ...size, oldestMs: null }]]) })
    expect(unknown).not.toContain('thinkq_queue_oldest_seconds')
  })

  it('adds up the workers, and shows the oldest answer of the store', () => {
    const health = { takesJobs: true, reservedMs: 20_000, hungryMs: 20_000, boundMs: 13_000 }
    const lines = page({ workers: [report(), report({ running: { a: 5 }, health })] }).split('\n')
    expect(lines).toContain('thinkq_workers 2')
    expect(lines).toContain('thinkq_workers_hungry 1')
    expect(lines).toContain('thinkq_jobs_running{queue="a"} 7')
    expect(lines).toContain('thinkq_last_reserve_age_seconds 20')
    expect(lines).toContain('thinkq_workers_cpu_seconds_total 2.5')
    expect(lines).toContain('thinkq_workers_resident_memory_bytes 2000')
  })

  it('leaves out what is not known yet, or cannot be', () => {
    const health = { takesJobs: false, reservedMs: null, hungryMs: 0, boundMs: 13_000 }
    const text = page({ workers: [report({ health, usage: { cpu: 1, startedAt: 0 } })] })
    expect(text).not.toContain('thinkq_last_reserve_age_seconds')
    expect(text).not.toContain('thinkq_workers_resident_memory_bytes')
    expect(text).not.toContain('thinkq_job_push_to_start_seconds')
  })

  it.skipIf(missing !== null)("is accepted by Prometheus' own parser, with names of any kind", () => {
    const awkward = ['a', 'quote"d', 'back\\slash', 'new\nline', 'ünï', '{queue="x"} 1']
    const tallies = awkward.map((name) => {
      const tally = emptyTally(name, name)
      tally.waits.counts[0] = 1
      return tally
    })
    const sizes = new Map(awkward.map((name) => [name, size]))
    const text = page({ workers: [report({ tallies })], sizes, queues: awkward })
    expect(text).toContain('thinkq_job_push_to_start_seconds_bucket')
    expect(promtool(text)).toBe('')
    expect(promtool(`${text}nonsense{`)).not.toBe('')
  })
})
