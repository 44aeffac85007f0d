import { casesAfter, casesOf, flagsWithFiles, flagsWithValues, namesOf, quoted, walk } from './case.ts'
import type { Place } from './words.ts'

/** Works on bash 3.2 too, which macOS has. It splits the line itself, since bash counts the : of make:job as the end of a word. */
export function bashScript(places: readonly Place[]): string {
  return `# Completes queue in bash: source <(queue completion bash)
_queue() {
  local at=queue given= seen= candidates= generate= prefix= breaks= word i words
  local line=\${COMP_LINE:0:COMP_POINT}
  IFS=$' \\t\\n' read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local last=$((\${#words[@]} - 1))
  local current=\${words[last]}
  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
${walk(places)}
  done
  if [[ -z $given && $current == --*=* ]]; then
    given=\${current%%=*} prefix=\${current%%=*}= current=\${current#*=}
  fi
  COMPREPLY=()
  if [[ -n $given ]]; then
    case "$at $given" in
${casesAfter(places, (place) => [
  [flagsWithFiles(place), 'generate=-f'],
  ...flagsWithValues(place).map(
    ([{ names }, values]) => [names, `candidates=${quoted(values.join(' '))}`] as const,
  ),
])}
    esac
  elif [[ $current == -* ]]; then
    case $at in
${casesOf(places, ({ flags }) => `candidates=${quoted(namesOf(flags).join(' '))}`)}
    esac
  elif [[ -z $seen ]]; then
    case $at in
${casesOf(places, ({ commands, values }) => {
  const words = [...commands.map(({ name }) => name), ...values]
  return words.length === 0 ? undefined : `candidates=${quoted(words.join(' '))}`
})}
    esac
  fi
  [[ -n $generate ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(IFS=$' \\t\\n'; compgen -P "$prefix" \${generate:--W "$candidates"} -- "$current")
  # What stands before the last : or = is no part of the word that bash puts an answer in place of.
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  current=$prefix$current
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    prefix=\${current%"\${current##*[$breaks]}"}
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -F _queue queue`
}
