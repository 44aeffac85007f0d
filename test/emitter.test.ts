import { describe, expect, test } from 'vitest'
import { Emitter } from '../src/emitter.ts'

const idle = { queues: ['default'] }

describe('an emitter', () => {
  test('calls its listeners at once, in order', () => {
    const calls: unknown[] = []
    const emitter = new Emitter({ 'worker:idle': (event) => calls.push('first', event) })
    emitter.on('worker:idle', () => calls.push('second'))
    emitter.emit('worker:idle', idle)
    expect(calls).toEqual(['first', idle, 'second'])
  })

  test('knows whether anybody listens', () => {
    const emitter = new Emitter()
    expect(emitter.hears('worker:idle')).toBe(false)
    const off = emitter.on('worker:idle', () => {})
    expect([emitter.hears('worker:idle'), emitter.hears('store:up')]).toEqual([true, false])
    off()
    expect(emitter.hears('worker:idle')).toBe(false)
  })

  test('does not mind an event that nobody hears, or a listener left undefined', () => {
    const emitter = new Emitter({ 'store:up': undefined } as never)
    expect(emitter.hears('store:up')).toBe(false)
    emitter.emit('store:up', { downMs: 1 })
  })

  test('removes the one listener it was asked to, once', () => {
    const calls: string[] = []
    const emitter = new Emitter()
    const same = () => void calls.push('same')
    const off = emitter.on('worker:idle', same)
    emitter.on('worker:idle', same)
    emitter.on('worker:idle', () => calls.push('other'))
    off()
    off()
    emitter.emit('worker:idle', idle)
    expect(calls).toEqual(['same', 'other'])
  })

  test('lets a listener remove itself while it is called', () => {
    const calls: string[] = []
    const emitter = new Emitter()
    const off = emitter.on('worker:idle', () => {
      calls.push('once')
      off()
    })
    emitter.on('worker:idle', () => calls.push('always'))
    emitter.emit('worker:idle', idle)
    emitter.emit('worker:idle', idle)
    expect(calls).toEqual(['once', 'always', 'always'])
  })

  test('reports a listener that throws or rejects, and calls the others', async () => {
    const errors: unknown[] = []
    const calls: string[] = []
    const emitter = new Emitter({}, (error, name) => errors.push(name, error))
    emitter.on('worker:idle', () => {
      throw 'thrown'
    })
    emitter.on('worker:idle', () => Promise.reject('rejected') as never)
    emitter.on('worker:idle', () => calls.push('called'))
    emitter.emit('worker:idle', idle)
    await Promise.resolve()
    expect(calls).toEqual(['called'])
    expect(errors).toEqual(['worker:idle', 'thrown', 'worker:idle', 'rejected'])
  })
})
