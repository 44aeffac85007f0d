import { onMysql } from './settings.ts'

/** What MySQL and SQLite do not write alike. */
interface Words {
  /** The type of an id that the database gives. */
  readonly ownId: string
  /** Ends the definition of a table. */
  readonly tableEnd: string
  readonly insertUnlessThere: string
  /** Ends a SELECT in a transaction: nobody else changes that row before it is over. */
  readonly forUpdate: string
}

const mysql: Words = {
  ownId: 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
  tableEnd: ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  insertUnlessThere: 'INSERT IGNORE INTO',
  forUpdate: ' FOR UPDATE',
}

/** A transaction on SQLite is alone anyway. */
const sqlite: Words = {
  ownId: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  tableEnd: ')',
  insertUnlessThere: 'INSERT OR IGNORE INTO',
  forUpdate: '',
}

export const words = onMysql ? mysql : sqlite
