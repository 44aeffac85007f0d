import { readFileSync, statfsSync } from 'node:fs'

/** Linux's `f_type` of file systems whose locks cannot be trusted between machines. */
const networkTypes = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
])
const fuse = 0x65735546
const networkFuse = /^fuse\.(sshfs|s3fs|rclone|glusterfs|goofys|gcsfuse|davfs|smbnetfs|curlftpfs)$/

/** The network file system a folder lies on, or null; only Linux can be asked. */
export function networkFileSystem(folder: string): string | null {
  if (process.platform !== 'linux') return null
  try {
    const { type } = statfsSync(folder)
    return networkName(type, folder, () => readFileSync('/proc/self/mountinfo', 'utf8'))
  } catch {
    return null
  }
}

/** The name of a network file system by its `f_type`; FUSE says more only in the mount table. */
export function networkName(type: number, folder: string, mountTable: () => string): string | null {
  const known = networkTypes.get(type >>> 0)
  if (known !== undefined) return known
  if (type !== fuse) return null
  const kind = mountedAs(folder, mountTable())
  return kind !== null && networkFuse.test(kind) ? kind : null
}

/** The file system type of the longest mount point above a folder, from the text of `/proc/self/mountinfo`. */
function mountedAs(folder: string, mountTable: string): string | null {
  let best: { point: string; kind: string } | null = null
  for (const line of mountTable.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4]?.replace(/\\040/g, ' ')
    const kind = after.split(' ')[0]
    if (point === undefined || kind === undefined) continue
    const above = point === '/' || folder === point || folder.startsWith(`${point}/`)
    if (above && (best === null || point.length >= best.point.length)) best = { point, kind }
  }
  return best?.kind ?? null
}
