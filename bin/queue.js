#!/usr/bin/env node
import { main } from '../dist/cli/main.js'

// The code alone would not end a process in which a job's or a configuration's own connections are still open.
process.exit(await main(process.argv))
