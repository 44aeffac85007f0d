import type { Executor } from 'thinkq/database'

/** 阿姨: the person who comes and does the work. */
export interface Aunt {
  readonly id: number
  readonly name: string
  readonly phone: string
}

export async function findAunt(db: Executor, id: number | undefined): Promise<Aunt | undefined> {
  const [aunt] = await db.query<Aunt>('SELECT * FROM aunts WHERE id = ?', [id ?? 0])
  return aunt
}
