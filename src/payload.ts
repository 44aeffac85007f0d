/** The one place payload JSON is written, read and patched. */
export { mayHoldBigIntegers, parseBigIntegers } from './payload/big-integers.ts'
export { checkSize, encodePayload } from './payload/body.ts'
export { decodePayload, jobNameOf } from './payload/decode.ts'
export { encodeData } from './payload/encode.ts'
export { firstPushedAt } from './payload/first-push.ts'
export { jobId, jobIdTime } from './payload/id.ts'
export { patchAttempts, patchExtra } from './payload/patch.ts'
export { checkQueueName } from './payload/queue-name.ts'
