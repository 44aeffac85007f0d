import type { Executor } from 'thinkq/database'

/** 0 is for admins who get no notices. */
const STATUS_ENABLE = 1

export interface Admin {
  readonly id: number
  readonly name: string
  readonly status: number
  /** '' until the admin follows the official account. */
  readonly official_account_openid: string
}

/** Open ids of the enabled admins who have one. */
export async function enabledOpenIds(db: Executor): Promise<string[]> {
  const rows = await db.query<Pick<Admin, 'official_account_openid'>>(
    "SELECT official_account_openid FROM admins WHERE status = ? AND official_account_openid <> '' ORDER BY id",
    [STATUS_ENABLE],
  )
  return rows.map((row) => row.official_account_openid)
}
