import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { networkFileSystem, networkName } from '../../src/database/sqlite/network.ts'

const table = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '40 22 0:50 / /mnt/far rw,nosuid shared:9 - fuse.sshfs me@there:/ rw,user_id=0',
  '41 40 0:51 / /mnt/far/near\\040by rw shared:9 - fuse.mergerfs a:b rw',
  '',
].join('\n')
const never = () => {
  throw new Error('the mount table was not needed')
}

test('network file systems are told by their type, negative spelling included', () => {
  expect(networkName(0x6969, '/x', never)).toBe('NFS')
  expect(networkName(0xff534d42, '/x', never)).toBe('CIFS')
  expect(networkName(0xff534d42 | 0, '/x', never)).toBe('CIFS')
  expect(networkName(0xfe534d42, '/x', never)).toBe('SMB2')
  expect(networkName(0xef53, '/x', never)).toBeNull()
})

test('FUSE is asked for its kind in the mount table, by the nearest mount point', () => {
  const fuse = 0x65735546
  expect(networkName(fuse, '/mnt/far/data', () => table)).toBe('fuse.sshfs')
  expect(networkName(fuse, '/mnt/far', () => table)).toBe('fuse.sshfs')
  expect(networkName(fuse, '/mnt/far/near by/x', () => table)).toBeNull()
  expect(networkName(fuse, '/mnt/farther', () => table)).toBeNull()
})

test('a folder of this machine, or one that cannot be asked, is none', () => {
  expect(networkFileSystem(tmpdir())).toBeNull()
  expect(networkFileSystem('/there/is/no/such/folder')).toBeNull()
})
