import type { Flag, Place } from './words.ts'

/** A word of bash or zsh that stands for itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The lines of a `case` of bash or zsh, one for each place that has something: `line` answers what is done there. */
export function casesOf(places: readonly Place[], line: (place: Place) => string | undefined): string {
  return places
    .flatMap((place) => {
      const done = line(place)
      return done === undefined ? [] : [`      ${quoted(place.at)}) ${done} ;;`]
    })
    .join('\n')
}

/** The same for one word after its place: `steps` answers the words and what is done at each of them. */
export function casesAfter(
  places: readonly Place[],
  steps: (place: Place) => readonly (readonly [words: readonly string[], done: string])[],
): string {
  return places
    .flatMap((place) => steps(place).map(([words, done]) => ({ at: place.at, words, done })))
    .filter(({ words }) => words.length > 0)
    .map(({ at, words, done }) => {
      return `      ${words.map((word) => quoted(`${at} ${word}`)).join('|')}) ${done} ;;`
    })
    .join('\n')
}

/** How bash and zsh walk over the words before the cursor: `at` is the place, `given` a flag whose value comes, `seen` an argument. */
export function walk(places: readonly Place[]): string {
  return `    if [[ -n $given ]]; then given=; continue; fi
    case "$at $word" in
${casesAfter(places, ({ commands, flags }) => [
  [commands.map(({ name }) => name), 'at="$at $word"'],
  [namesOf(flags.filter(({ takes }) => takes !== 'nothing')), 'given=$word'],
])}
      *) [[ $word == -* ]] || seen=1 ;;
    esac`
}

export function namesOf(flags: readonly Flag[]): readonly string[] {
  return flags.flatMap(({ names }) => names)
}

/** Of flags that take a file, and of those that take one of a few values. */
export function flagsWithFiles({ flags }: Place): readonly string[] {
  return namesOf(flags.filter(({ takes }) => takes === 'file'))
}

/** The flags of a place that take one of a few values, each with these. */
export function flagsWithValues({ flags }: Place): readonly (readonly [Flag, readonly string[]])[] {
  return flags.flatMap((flag) =>
    typeof flag.takes === 'string' || flag.takes.length === 0 ? [] : [[flag, flag.takes] as const],
  )
}
