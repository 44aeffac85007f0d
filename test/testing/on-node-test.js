// The lines of docs/writing-a-connector.md, run by node:test on the built package.
import { describe, it } from 'node:test'
import { describeConformance } from 'thinkq/testing'
import { MemoryConnector } from '../../dist/connectors/memory/index.js'

describeConformance({ describe, it }, 'the memory connector', {
  create: async () => new MemoryConnector(),
})
