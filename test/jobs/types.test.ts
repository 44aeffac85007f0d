import { describe, expectTypeOf, test } from 'vitest'
import {
  type DataOf,
  defineJob,
  type Job,
  type JobClass,
  type JobFunction,
  type Pushable,
} from '../../src/contract/job.ts'

interface Order {
  readonly id: number
}

class Notice {
  static readonly tries = 3
  static readonly backoff = [1, 5]
  static readonly queue = 'notices'
  async fire(job: Job, data: Order): Promise<void> {
    await (data.id > 0 ? job.delete() : job.release(5))
  }
  failed(_data: Order, _reason: Error): void {}
}
class Tasks {
  task1(_job: Job, _data: Order): void {}
}
class NeedsArguments {
  readonly id: number
  constructor(id: number) {
    this.id = id
  }
  fire(_job: Job, _data: Order): void {}
}

/** Stands for any push: data is checked against the job's own. */
const push = <J extends Pushable>(_job: J, _data: J extends string ? unknown : DataOf<J>): void => {}

describe('the data of a job', () => {
  test('is the second parameter of fire', () => {
    expectTypeOf<DataOf<typeof Notice>>().toEqualTypeOf<Order>()
    expectTypeOf(Notice).toExtend<JobClass<Order>>()
  })

  test('is the first parameter of a defined job', () => {
    const job = defineJob(async (data: Order, job) => {
      expectTypeOf(job).toEqualTypeOf<Job>()
      return data.id
    })
    expectTypeOf(job).toEqualTypeOf<JobFunction<Order>>()
    expectTypeOf<DataOf<typeof job>>().toEqualTypeOf<Order>()
  })

  test('is the same for failed as for run', () => {
    const job = defineJob(
      { tries: 3, failed: (data: Order, reason) => [data.id, reason.message] },
      (data: Order) => data,
    )
    expectTypeOf<DataOf<typeof job>>().toEqualTypeOf<Order>()
    // @ts-expect-error failed takes what run does not
    defineJob<Order>({ failed: (data: { readonly name: string }) => data }, (data: Order) => data.id)
  })

  test('may be anything where fire asks for none', () => {
    class Bare {
      fire(_job: Job): void {}
    }
    expectTypeOf<DataOf<typeof Bare>>().toBeUnknown()
    push(Bare, { anything: true })
  })
})

describe('a push', () => {
  test('takes the data its job takes and refuses other', () => {
    push(Notice, { id: 1 })
    push(
      defineJob((data: Order) => data.id),
      { id: 1 },
    )
    push('app\\lib\\job\\Job2@task1', { anything: true })
    // @ts-expect-error the id is a number
    push(Notice, { id: '1' })
    // @ts-expect-error the id is missing
    push(Notice, {})
    push(
      defineJob((data: Order) => data.id),
      // @ts-expect-error the id is a number
      { id: '1' },
    )
  })

  test('refuses what is no job', () => {
    // @ts-expect-error a class of tasks is pushed by name, `Tasks@task1`
    push(Tasks, { id: 1 })
    // @ts-expect-error the worker makes instances without arguments
    push(NeedsArguments, { id: 1 })
    // @ts-expect-error a plain function is wrapped in defineJob first
    push((_data: Order) => {}, { id: 1 })
  })

  test('refuses settings that cannot be', () => {
    class Wrong {
      static readonly tries = '3'
      fire(_job: Job, _data: Order): void {}
    }
    // @ts-expect-error tries is a number
    push(Wrong, { id: 1 })
    // @ts-expect-error a backoff of that name does not exist
    defineJob({ backoff: 'linear' }, () => {})
  })
})
