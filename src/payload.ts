/** The one place payload JSON is written, read and patched. */
export type { BigNumbers } from './payload/big-integers.ts'
export { checkSize, encodePayload, type PayloadParts } from './payload/body.ts'
export { decodePayload, jobNameOf, type Payload } from './payload/decode.ts'
export { encodeData } from './payload/encode.ts'
export { jobId, jobIdTime } from './payload/id.ts'
export { patchAttempts, patchExtra } from './payload/patch.ts'
export { checkQueueName } from './payload/queue-name.ts'
