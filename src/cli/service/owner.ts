import { readFileSync, statSync } from 'node:fs'

/** The user that is made for workers whose project belongs to root. */
export const ownUser = 'thinkq'

/** Who runs the workers of a project when nobody says: the owner of its folder, by name where the system knows one, never root. */
export function ownerOf(root: string): string {
  const { uid } = statSync(root)
  return uid === 0 ? ownUser : (nameOf(uid) ?? String(uid))
}

function nameOf(uid: number): string | undefined {
  try {
    const users = readFileSync('/etc/passwd', 'utf8').split('\n')
    return users.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0]
  } catch {
    return undefined
  }
}
