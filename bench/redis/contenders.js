/** Ours first; each is loaded in the process that uses it. */
export const contenders = {
  thinkq: () => import('./contenders/thinkq.js'),
  bullmq: () => import('./contenders/bullmq.js'),
  'bee-queue': () => import('./contenders/bee-queue.js'),
  bull: () => import('./contenders/bull.js'),
  groupmq: () => import('./contenders/groupmq.js'),
}
