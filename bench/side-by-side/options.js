/** What the command line asks for. Throws on anything it does not know. */
export function optionsOf(args, { contenders, measures }) {
  const known = [...contenders, ...measures]
  const [text] = args.filter((arg) => arg.startsWith('--only='))
  const only = text?.slice('--only='.length).split(',') ?? []
  const strange = only.filter((name) => !known.includes(name))
  if (strange.length > 0) throw new Error(`--only=${strange.join(',')}: expected some of ${known.join(', ')}`)
  const chosen = (names) =>
    names.some((name) => only.includes(name)) ? names.filter((name) => only.includes(name)) : names
  const [quick, write] = ['--quick', '--write'].map((flag) => args.includes(flag))
  const others = args.filter((arg) => arg !== text && arg !== '--quick' && arg !== '--write')
  if (others.length > 0) throw new Error(`${others.join(' ')}: expected --quick, --only=… or --write`)
  if (write && (quick || only.length > 0))
    throw new Error('--write publishes the whole run: leave out --quick and --only')
  return { quick, write, contenders: chosen(contenders), measures: chosen(measures) }
}
