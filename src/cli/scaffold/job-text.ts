/** What a generated job is made of. */
export interface JobText {
  /** The class's own name. */
  readonly className: string
  /** The name it is pushed by: `admin/SendNotice`. */
  readonly jobName: string
  readonly shape: 'class' | 'function'
  readonly language: 'ts' | 'mjs'
}

/** The source of a job that runs as it stands. */
export function jobText({ className, jobName, shape, language }: JobText): string {
  const source = {
    class: { ts: classInTs, mjs: classInJs },
    function: { ts: functionInTs, mjs: functionInJs },
  }
  return source[shape][language](className, jobName)
}

/** Its test, for `node --test` in a project of any kind: the job itself may be TypeScript. */
export function testText({ className, language }: JobText): string {
  return `import assert from 'node:assert/strict'
import test from 'node:test'
import { runJob } from 'thinkq/testing'

const job = new URL('./${className}.${language}', import.meta.url)

test('${className} is done after one run', async () => {
  const { outcome } = await runJob(job, { id: 1 })
  assert.equal(outcome, 'deleted')
})
`
}

const classInTs = (className: string, jobName: string) => `import type { Job } from 'thinkq'

/** Pushed by: Queue.push(${className}, { id: 1 }), or queue push ${jobName} '{"id": 1}' */
export default class ${className} {
  async fire(job: Job, data: { id: number }) {
    console.log(\`${className}: id \${data.id}, attempt \${job.attempts}\`)

    // Without this the job is run again. job.release(60) puts it back for a minute; an error is a failed try.
    await job.delete()
  }

  /** Called once, when no tries are left. */
  failed(data: { id: number }, reason: Error) {
    console.error(\`${className}: id \${data.id} failed for good: \${reason.message}\`)
  }
}
`

const classInJs = (
  className: string,
  jobName: string,
) => `/** Pushed by: Queue.push(${className}, { id: 1 }), or queue push ${jobName} '{"id": 1}' */
export default class ${className} {
  /**
   * @param {import('thinkq').Job} job
   * @param {{ id: number }} data
   */
  async fire(job, data) {
    console.log(\`${className}: id \${data.id}, attempt \${job.attempts}\`)

    // Without this the job is run again. job.release(60) puts it back for a minute; an error is a failed try.
    await job.delete()
  }

  /**
   * Called once, when no tries are left.
   * @param {{ id: number }} data
   * @param {Error} reason
   */
  failed(data, reason) {
    console.error(\`${className}: id \${data.id} failed for good: \${reason.message}\`)
  }
}
`

const functionInTs = (className: string, jobName: string) => `import { defineJob } from 'thinkq'

/** Pushed by: queue push ${jobName} '{"id": 1}'. It is deleted when it returns; an error is a failed try. */
export default defineJob({ name: '${jobName}' }, async (data: { id: number }, job) => {
  console.log(\`${className}: id \${data.id}, attempt \${job.attempts}\`)
})
`

const functionInJs = (className: string, jobName: string) => `import { defineJob } from 'thinkq'

/** Pushed by: queue push ${jobName} '{"id": 1}'. It is deleted when it returns; an error is a failed try. */
export default defineJob(
  { name: '${jobName}' },
  /** @param {{ id: number }} data */
  async (data, job) => {
    console.log(\`${className}: id \${data.id}, attempt \${job.attempts}\`)
  },
)
`
