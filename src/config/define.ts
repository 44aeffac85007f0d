import type { QueueConfig } from './schema.ts'

/** Answers the configuration as it is: for its types and completion in an editor. It is checked when it is loaded. */
export function defineConfig(config: QueueConfig): QueueConfig {
  return config
}
