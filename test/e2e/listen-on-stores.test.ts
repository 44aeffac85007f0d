import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'
import { says, tries } from './listened-jobs.ts'
import { testsOnEach } from './on-store.ts'

/** Keeps a child that loads it waiting while there is a file `hold`. */
const loadsWhenFree = `import { existsSync } from 'node:fs'
while (process.connected && existsSync('hold')) await new Promise((resolve) => setTimeout(resolve, 20))`

const each = testsOnEach({}, { 'jobs/Tries.mjs': tries })

describe.each(each)('queue listen, on %s: its children', { concurrent: true, timeout: 60_000 }, (_, it) => {
  it('hand a job over to one with the newer code, which runs and settles it at the same attempt', async ({
    project,
    queue,
    expect,
  }) => {
    const listener = project.start('listen', '-v')
    await queue.push('Tries', 1)
    await listener.says('try 1 of 1')
    // By the parent, the child that ran, and the two that wait now with the old code.
    await listener.says('loaded', 4)
    project.write({ 'jobs/Tries.mjs': tries.replace('try ', 'newly try ') })
    await queue.push('Tries', 2)
    await listener.says('newly try 1 of 2')
    await listener.says('"done"', 2)
    expect(listener.stdout).toContain('has changed: the job goes to a fresh child')
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it.for(['SIGTERM', 'SIGKILL'] as const)(
    'give a job back unspent that waits for newer code when %s ends the listener',
    async (signal, { project, queue, expect }) => {
      project.write({ hold: '' })
      const listener = project.start('listen', '-v')
      await queue.push('Tries', 1)
      await listener.says('try 1 of 1')
      await listener.says('loaded', 4)
      project.write({ 'jobs/Tries.mjs': `${loadsWhenFree}\n${tries}` })
      await queue.push('Tries', 2)
      await listener.says('has changed: the job goes to a fresh child')
      listener.signal(signal)
      rmSync(join(project.root, 'hold'))
      const { code } = await listener.ended
      expect(code).toBe(signal === 'SIGTERM' ? 0 : null)
      expect((await project.queue('work', '--max-jobs', '1')).stdout).toContain('try 1 of 2')
    },
  )

  it('finish their job when the listener is killed, and those that wait for one end too', async ({
    project,
    queue,
    expect,
  }) => {
    // What a module opens when it is loaded would keep the child that waits.
    project.write({
      'jobs/Opens.mjs': `console.log('opened'); setInterval(() => {}, 1_000)\n${says('never')}`,
    })
    await queue.push('Waits', { file: join(project.root, 'go'), folder: project.root })
    const listener = project.start('listen')
    await listener.says('waits 1')
    // By the listener, by the child with the job, and by the two ahead.
    await listener.says('opened', 4)
    listener.signal('SIGKILL')
    await listener.says('the process that started this worker is gone')
    project.write({ go: '' })
    // Closed only when the children, which share the output, have ended too.
    expect((await listener.ended).stdout).toContain('waited 1')
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('are killed when their job blocks beyond its time-out: it is buried, and the next one runs', async ({
    project,
    queue,
    expect,
  }) => {
    project.write({
      'jobs/Blocks.mjs': `export default class Blocks {
          static timeout = 0.1
          static tries = 1
          fire() { console.log('blocks'); for (;;); }
        }`,
    })
    await queue.push('Blocks')
    const listener = project.start('listen')
    await listener.says('Blocks was killed')
    await listener.says('was buried')
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 1 })
    await queue.push('Says', 1)
    await listener.says('said 1')
  })
})
