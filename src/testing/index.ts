/** For those who write a connector, or test code that uses one. Needs no test runner of its own. */
export {
  type ConformanceCase,
  type ConformanceOptions,
  conformance,
  describeConformance,
  type Runner,
} from './conformance/index.ts'
export { FakeClock } from './fake-clock.ts'
export { type Expected, FakeQueue, type FakeQueueOptions } from './fake-queue.ts'
export { type Fault, type FaultyConnector, type FaultyMethod, faulty } from './faulty.ts'
export type { JobReport, JobTrial } from './job-report.ts'
export type { JobRun } from './lone-job.ts'
export type { PushedJob } from './pushed-jobs.ts'
export { type RunJobOptions, runJob } from './run-job.ts'
export { type TestJobOptions, testJob } from './test-job.ts'
