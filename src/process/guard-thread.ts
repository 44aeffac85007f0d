import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { Ms } from '../contract/time.ts'
import { endProcess } from './end.ts'
import type { GuardData } from './guard.ts'

const everyMs: Ms = 50
const reasonStream = 4

/** What a process takes besides the heap that V8 limits: young objects, code, threads. */
const besidesMb = 64

const { parent, memory } = workerData as GuardData
const startedAt = process.memoryUsage.rss()
const most = memory === undefined ? Infinity : startedAt + (memory + besidesMb) * 1024 * 1024

setInterval(() => {
  if (process.ppid !== parent) endProcess()
  if (process.memoryUsage.rss() <= most) return
  writeSync(reasonStream, `took more memory than it may: ${memory} MB of heap and ${besidesMb} MB besides`)
  endProcess()
}, everyMs)
