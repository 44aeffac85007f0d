import { describe, expect, test } from 'vitest'
import { createQueue, defineJob, type Job } from '../src/index.ts'

interface Order {
  readonly id: number
}
class Notice {
  static readonly jobName = 'Notice'
  async fire(job: Job, data: Order): Promise<void> {
    await (data.id > 0 ? job.delete() : job.release(5))
  }
}
class Text {
  static readonly jobName = 'Text'
  fire(_job: Job, _data: string): void {}
}
class Tasks {
  task1(_job: Job, _data: Order): void {}
}
const report = defineJob({ name: 'report' }, async (data: { readonly day: string }) => data.day)

const queue = createQueue({ connector: 'memory' })

/** The compiler proves what stands here; running it shows that what compiles is stored too. */
describe('the data of a push is checked against its job', () => {
  test('by push', async () => {
    await queue.push(Notice, { id: 1 })
    await queue.push(Notice, { id: 1 }, 'a')
    await queue.push(Notice, { id: 1 }, { queue: 'a', delay: 5 })
    await queue.push(report, { day: '2026-01-02' })
    await queue.push('any\\Name', { whatever: 1 })
    // @ts-expect-error the id is a number
    await queue.push(Notice, { id: '1' })
    // @ts-expect-error the id is missing
    await queue.push(Notice, {})
    // @ts-expect-error the data is missing
    await queue.push(Notice).catch(() => {})
    // @ts-expect-error the day is missing
    await queue.push(report, { date: 1 })
    // @ts-expect-error a class of tasks is pushed by name, `Tasks@task1`
    await queue.push(Tasks, { id: 1 }).catch(() => {})
    // @ts-expect-error a queue is named by a text
    await queue.push(Notice, { id: 1 }, 5).catch(() => {})
    await queue.close()
  })

  test('by later', async () => {
    await queue.later(5, Notice, { id: 1 }, 'a')
    await queue.later(5, report, { day: '2026-01-02' })
    await queue.later(5, 'any\\Name')
    // @ts-expect-error the id is a number
    await queue.later(5, Notice, { id: '1' })
    // @ts-expect-error the day is a text
    await queue.later(5, report, { day: 1 })
    // @ts-expect-error a delay is a number of seconds
    await queue.later('5', Notice, { id: 1 }).catch(() => {})
    await queue.close()
  })

  test('by bulk, each entry against its own', async () => {
    const ids = await queue.bulk([
      { job: Notice, data: { id: 1 } },
      { job: Text, data: 'text', queue: 'a' },
      { job: report, data: { day: '2026-01-02' }, delay: 5 },
      { job: 'any\\Name', data: 5 },
      { job: 'any\\Name' },
    ])
    expect(ids).toHaveLength(5)
    const orders: Order[] = [{ id: 1 }, { id: 2 }]
    await queue.bulk(orders.map((data) => ({ job: Notice, data })))
    // @ts-expect-error the id is a number
    await queue.bulk([{ job: Notice, data: { id: '1' } }])
    await queue.bulk([
      { job: Notice, data: { id: 1 } },
      // @ts-expect-error the data of another job
      { job: Text, data: { id: 1 } },
    ])
    // @ts-expect-error the day is a text
    await queue.bulk([{ job: report, data: { day: 1 } }])
    // @ts-expect-error a class of tasks is pushed by name
    await queue.bulk([{ job: Tasks, data: { id: 1 } }]).catch(() => {})
    await queue.close()
  })
})
