import { casesAfter, casesOf, flagsWithFiles, flagsWithValues, quoted, walk } from './case.ts'
import type { Place, Word } from './words.ts'

export function zshScript(places: readonly Place[]): string {
  return `#compdef queue
# Completes queue in zsh: source <(queue completion zsh), or as a file _queue in a folder of fpath.
_queue() {
  local at=queue given= seen= word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
${walk(places)}
  done
  if [[ -z $given && $PREFIX == --*=* ]]; then
    given=\${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ -n $given ]]; then
    case "$at $given" in
${casesAfter(places, (place) => [
  [flagsWithFiles(place), '_files'],
  ...flagsWithValues(place).map(
    ([{ names }, values]) => [names, `candidates=(${values.map(quoted).join(' ')})`] as const,
  ),
])}
    esac
    (( $#candidates )) && _describe value candidates
  elif [[ $PREFIX == -* ]]; then
    case $at in
${casesOf(places, ({ flags }) => {
  const words = flags.flatMap(({ names, summary }) => names.map((name) => ({ name, summary })))
  return `candidates=(${words.map(described).join(' ')})`
})}
    esac
    _describe -o flag candidates
  elif [[ -z $seen ]]; then
    case $at in
${casesOf(places, ({ commands, values }) => {
  const words = [...commands.map(described), ...values.map(quoted)]
  return words.length === 0 ? undefined : `candidates=(${words.join(' ')})`
})}
    esac
    (( $#candidates )) && _describe command candidates
  fi
}
if [[ $funcstack[1] == _queue ]]; then
  _queue "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _queue queue
fi`
}

/** zsh takes a word's first : for the beginning of what it does. */
function described({ name, summary }: Word): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${summary}`)
}
