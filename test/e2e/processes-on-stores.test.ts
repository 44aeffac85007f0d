import { describe } from 'vitest'
import { records } from '../cli/project.ts'
import { testsOnEach } from './on-store.ts'
import { startedParent, startedWaiting, tells, waitingPid } from './parent.ts'

const each = testsOnEach({}, { 'jobs/Tells.mjs': tells })

describe.each(each)('queue work --processes, on %s', { concurrent: true, timeout: 60_000 }, (_, it) => {
  it('gives back at once what a killed child ran, its attempt spent, and starts another child', async ({
    project,
    queue,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, queue)
    const killedAt = Date.now()
    process.kill(waitingPid(parent), 'SIGKILL')
    await parent.says('waits 2')
    const said = (text: string) => records(parent.stdout).filter(({ msg }) => String(msg).includes(text))
    expect(said('was ended by SIGKILL; the next one starts in')).toHaveLength(1)
    const [back, ...others] = said('went back to the queue')
    expect(others).toEqual([])
    expect(back!.ids).toHaveLength(1)
    expect(Date.parse(String(back!.time)) - killedAt).toBeLessThan(1_000)
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 1 })
    open()
    await parent.says('"done"')
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0 })
  })

  it('its children finish and end when it is killed', async ({ project, queue, expect }) => {
    const { open, parent } = await startedWaiting(project, queue)
    parent.signal('SIGKILL')
    open()
    // Closed only when the children, which share the output, have ended too.
    expect((await parent.ended).stdout).toContain('waited 1')
  })

  it('a second signal gives back what runs', async ({ project, queue, expect }) => {
    const { parent } = await startedWaiting(project, queue)
    parent.signal('SIGTERM')
    await parent.says('finishing what runs')
    parent.signal('SIGTERM')
    expect((await parent.ended).code).toBe(0)
    const { ready, delayed, reserved } = await queue.size()
    expect([ready + delayed, reserved]).toEqual([1, 0])
  })

  it('waits before it replaces one that crashes at its start', async ({ project, queue, expect }) => {
    project.write({ 'jobs/Exits.mjs': 'process.exit(1)' })
    const parent = project.start('work', '--daemon', '--processes', '2')
    await parent.says('ended with code 1 after', 3)
    project.write({ 'jobs/Exits.mjs': '' })
    await queue.push('Says', 1)
    await parent.says('said 1')
    const waits = [...parent.stdout.matchAll(/next one starts in (\d+)ms|next one starts in (\d)/g)]
    expect(waits.length).toBeGreaterThanOrEqual(3)
    expect(waits.every(([, ms, s]) => Number(ms ?? 0) >= 500 || Number(s ?? 0) >= 1)).toBe(true)
  })

  it('queue restart: new code takes jobs before the old workers drain, once for all of them', async ({
    project,
    queue,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, queue)
    project.write({ 'jobs/Tells.mjs': tells.replace('told', 'newly told') })
    await project.here('restart')
    await parent.says('every worker is a new one')
    await queue.push('Tells', 1)
    await parent.says('newly told 1')
    expect(parent.stdout).not.toContain('waited')
    open()
    await parent.says('waited 1')
    parent.signal('SIGTERM')
    const { code, stdout } = await parent.ended
    expect(code).toBe(0)
    expect(stdout.match(/queue restart was called/g)).toHaveLength(1)
  })

  it('SIGHUP does the same; when new code does not start, the old workers go on', async ({
    project,
    queue,
    config,
    expect,
  }) => {
    const parent = await startedParent(project, '-v')
    await parent.says('takes jobs', 2)
    project.write({ 'queue.config.ts': 'export default { conector: 1 }' })
    parent.signal('SIGHUP')
    await parent.says('took no jobs, so the old ones go on')
    await queue.push('Tells', 1)
    await parent.says('told 1')
    project.write({ 'queue.config.ts': config, 'jobs/Tells.mjs': tells.replace('told', 'newly told') })
    parent.signal('SIGHUP')
    await parent.says('every worker is a new one')
    await queue.push('Tells', 2)
    await parent.says('newly told 2')
    parent.signal('SIGTERM')
    const { code, stderr } = await parent.ended
    expect(code).toBe(0)
    expect(stderr.match(/conector is an unknown key/g)).toHaveLength(1)
  })
})
