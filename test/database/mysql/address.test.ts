import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/contract/errors.ts'
import type { DatabaseOptions } from '../../../src/database/index.ts'
import { addressText, mysqlAddress } from '../../../src/database/mysql/address.ts'

const plain = {
  host: '127.0.0.1',
  port: 3306,
  socket: undefined,
  user: 'me',
  password: '',
  database: 'shop',
  tls: undefined,
}
const verified = { rejectUnauthorized: true, verifyIdentity: true }

describe('an address', () => {
  it.each<[DatabaseOptions & Record<string, unknown>, object]>([
    [{ url: 'mysql://me@127.0.0.1/shop' }, plain],
    [{ url: ' MariaDB://me@127.0.0.1:0/shop?connection_limit=5 ' }, plain],
    [
      { url: 'mysql://m%40e:p%2Fw%3F@[::1]:3307/shop' },
      { user: 'm@e', password: 'p/w?', host: '::1', port: 3307 },
    ],
    [{ url: 'mysql://me@localhost/shop?socket=/run/my.sock' }, { socket: '/run/my.sock', host: 'localhost' }],
    [{ url: 'mysql://me@db/shop?tls=true' }, { tls: verified }],
    [{ url: 'mysql://me@db/shop?ssl-mode=VERIFY_IDENTITY' }, { tls: verified }],
    [{ url: 'mysql://me@db/shop?ssl=0' }, { tls: undefined }],
    [
      { url: 'mysql://me@db/shop', password: 'from outside', tls: { ca: 'x' } },
      { password: 'from outside', tls: { ...verified, ca: 'x' } },
    ],
    [{ user: 'me', database: 'shop' }, plain],
    [
      {
        type: 'mysql',
        hostname: '127.0.0.1',
        hostport: '3306',
        username: 'me',
        database: 'shop',
        password: '',
      },
      plain,
    ],
    [
      { socket: '/run/my.sock', user: 'me', database: 'shop', tls: false },
      { ...plain, socket: '/run/my.sock' },
    ],
  ])('%j', (options, expected) => {
    expect(mysqlAddress(options)).toMatchObject(expected)
  })

  it.each([[{ url: 'sqlite:./queue.sqlite' }], [{ url: 'file.sqlite', busyMs: 5 }], [{}]])(
    'none is meant by %j',
    (options) => {
      expect(mysqlAddress(options)).toBe(null)
    },
  )

  it.each<[DatabaseOptions & Record<string, unknown>, RegExp]>([
    [{ url: 'mysql://me:secret@db' }, /names no database/],
    [{ url: 'mysql://me:sec/ret@db:x/shop' }, /is no URL.*percent-encoded/],
    [
      { url: 'mysql://me:secret@db/shop?sslaccept=strict' },
      /sslaccept=strict is not understood; write tls=true/,
    ],
    [{ url: 'mysql://me:secret@db/shop?ssl-mode=REQUIRED' }, /verifies the server/],
    [{ host: 'db', database: 'shop', port: 70_000 }, /port is 70000/],
    [{ host: 'db', database: 'shop', tls: 'yes' as never }, /tls must be true or an object/],
    [{ host: 7 as never, database: 'shop' }, /host must be a text/],
  ])('%j is refused, and says what was meant without the password', (options, message) => {
    expect(() => mysqlAddress(options)).toThrow(ConfigError)
    expect(() => mysqlAddress(options)).toThrow(message)
    expect(() => mysqlAddress(options)).not.toThrow(/sec/)
  })

  it('is shown without the password', () => {
    expect(addressText(mysqlAddress({ url: 'mysql://me:secret@[::1]/shop' })!)).toBe(
      'mysql://[::1]:3306/shop',
    )
  })
})
