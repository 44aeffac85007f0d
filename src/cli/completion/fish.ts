import { namesOf } from './case.ts'
import type { Flag, Place } from './words.ts'

export function fishScript(places: readonly Place[]): string {
  return `# Completes queue in fish: queue completion fish | source
function __queue_place --description 'the commands before the cursor, and a + once an argument was given'
  set -l at queue
  set -l given ''
  set -l seen ''
  set -l words (commandline -opc)
  set -e words[1]
  for word in $words
    if test -n "$given"
      set given ''
      continue
    end
    switch "$at $word"
${places.map(steps).join('\n')}
      case '*'
        string match -q -- '-*' $word; or set seen ' +'
    end
  end
  echo $at$seen
end
complete -c queue -f
${places.flatMap(completions).join('\n')}`
}

function steps({ at, commands, flags }: Place): string {
  const ways = commands.map(({ name }) => quoted(`${at} ${name}`))
  const takers = namesOf(flags.filter(({ takes }) => takes !== 'nothing')).map((name) =>
    quoted(`${at} ${name}`),
  )
  return [
    ...(ways.length === 0 ? [] : [`      case ${ways.join(' ')}`, '        set at "$at $word"']),
    ...(takers.length === 0 ? [] : [`      case ${takers.join(' ')}`, '        set given $word']),
  ].join('\n')
}

function completions({ at, commands, flags, values }: Place): readonly string[] {
  const here = `complete -c queue -n ${quoted(`test (__queue_place) = ${quoted(at)}`)}`
  const anywhere = `complete -c queue -n ${quoted(`contains -- (__queue_place) ${quoted(at)} ${quoted(`${at} +`)}`)}`
  return [
    ...commands.map(({ name, summary }) => `${here} -a ${quoted(name)} -d ${quoted(summary)}`),
    ...values.map((value) => `${here} -a ${quoted(value)}`),
    ...flags.map((flag) => `${anywhere} ${named(flag)}${taking(flag)} -d ${quoted(flag.summary)}`),
  ]
}

function named({ names }: Flag): string {
  return names
    .map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    .join(' ')
}

function taking({ takes }: Flag): string {
  if (takes === 'nothing') return ''
  if (takes === 'file') return ' -r -F'
  return takes.length === 0 ? ' -x' : ` -x -a ${quoted(takes.join(' '))}`
}

/** A word of fish that stands for itself. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
