// `npm run chaos:servers`
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publish, results } from '../published.ts'
import { type Loss, lossOf } from './loss.ts'
import { settings } from './victim.ts'

const rounds = 5

const losses: Loss[] = []
for (let seed = 1; seed <= rounds; seed++)
  for (const setting of settings) {
    const loss = await lossOf(setting, seed)
    losses.push(loss)
    console.error(
      `${loss.setting}: ${loss.lost} of ${loss.answered} lost, at most ${Math.round(loss.windowMs)} ms old`,
    )
  }
mkdirSync(results.servers, { recursive: true })
writeFileSync(join(results.servers, 'rounds.json'), `${JSON.stringify(losses, null, 1)}\n`)
publish()
