import { spawnSync } from 'node:child_process'

const binary = process.env.QUEUE_TEST_PROMTOOL ?? 'promtool'

/** What is missing on this machine; null: nothing. */
export const missing = spawnSync(binary, ['--version']).status === 0 ? null : 'promtool'

if (missing !== null)
  console.log(
    "skipped: metrics are not read by Prometheus' own parser without promtool (QUEUE_TEST_PROMTOOL)",
  )

/** What Prometheus' own parser and its rules of style say of a page; empty: nothing. */
export function promtool(page: string): string {
  const { status, stdout, stderr } = spawnSync(binary, ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  })
  const said = `${stdout}${stderr}`
  return status === 0 ? said : `exit code ${status}: ${said}`
}
