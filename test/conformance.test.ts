import { describe, it } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import { MemoryStore } from '../src/connectors/memory/store.ts'
import { describeConformance } from '../src/testing/conformance/index.ts'

const stores = new WeakMap<object, MemoryStore>()

describeConformance({ describe, it }, 'the memory connector meets the contract', {
  async create() {
    const store = new MemoryStore()
    const connector = new MemoryConnector({ store })
    stores.set(connector, store)
    await connector.open()
    return connector
  },
  async second(first) {
    return new MemoryConnector({ store: stores.get(first)! })
  },
})
