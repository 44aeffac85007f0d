import { statSync } from 'node:fs'

/** Absolute paths, each with what tells one state of a file from the next. */
export type FileStamps = Readonly<Record<string, string>>

/** A file that cannot be looked at has a stamp too: it changes when the file appears. */
export function stampOf(file: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`
  } catch {
    return 'none'
  }
}

/** The first file that is no longer as it was; undefined: all are. */
export function changedFile(stamps: FileStamps): string | undefined {
  return Object.keys(stamps).find((file) => stampOf(file) !== stamps[file])
}
