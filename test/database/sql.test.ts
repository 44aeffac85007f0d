import { describe, expect, it } from 'vitest'
import { refuseUnlessOne } from '../../src/database/sqlite/sql.ts'

describe('SQL is sent one statement at a time', () => {
  it.each([
    "INSERT INTO t VALUES ('a;b')",
    'SELECT 1;',
    'SELECT 1; -- done; really',
    'SELECT ";" AS "a;b", [c;d], `e;f` /* ; SELECT */ FROM t ;\n',
    'CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; INSERT INTO u VALUES (1); END',
  ])('%s is one', (sql) => {
    expect(() => refuseUnlessOne(sql)).not.toThrow()
  })

  it.each(['INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)', "SELECT ';'; DELETE FROM t"])(
    '%s is refused, because all but the first would be passed over',
    (sql) => {
      expect(() => refuseUnlessOne(sql)).toThrow(/several statements/)
    },
  )

  it.each(['', ' ;', '-- nothing', '/* nothing'])('%j is refused: there is nothing to do', (sql) => {
    expect(() => refuseUnlessOne(sql)).toThrow(/no statement/)
  })
})
