import type { Config } from '../contract/config.ts'

/** Of the path to a value, such as `tls.key`: a key alone may be the name of something. */
const secretPath = /pass(word|wd|phrase)?$|token$|secret$|(^|\.)tls\.(key|pfx)(\.|$)/i
/** Our own messages write `user:password@` for what is meant. */
const credentialsOfUrl = /:\/\/(?!user:password@)[^\s/]*@/g

/** The secrets of the configuration in use: what a driver's or a job's error quotes must not reach a log. */
const secrets = new Set<string>()

/** Makes `redact` know the passwords and tokens of a configuration and of the environment. */
export function learnSecrets(config: Config, env = process.env): void {
  for (const { options } of Object.values(config.connections)) learnFrom(options)
  learnFrom({ ...config.http })
  learnFrom({ ...pick(env, /^QUEUE_|^DATABASE_URL$/) })
}

/** The text without known secrets and without the user and password of any URL. */
export function redact(text: string): string {
  let clean = text.replace(credentialsOfUrl, '://***@')
  for (const secret of secrets) clean = clean.replaceAll(secret, '***')
  return clean
}

function learnFrom(options: Readonly<Record<string, unknown>>, path = ''): void {
  for (const [key, value] of Object.entries(options)) {
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      learnFrom(value as Record<string, unknown>, `${path}${key}.`)
    if (typeof value !== 'string') continue
    if (secretPath.test(`${path}${key}`)) learn(value)
    learn(passwordOf(value))
  }
}

/** A word of a letter or two would blot out every other word. */
function learn(secret: string | undefined): void {
  if (secret !== undefined && secret.length > 2) secrets.add(secret)
}

function passwordOf(url: string): string | undefined {
  if (!url.includes('://') || !URL.canParse(url)) return undefined
  return decodeURIComponent(new URL(url).password)
}

function pick(env: NodeJS.ProcessEnv, names: RegExp): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)))
}
