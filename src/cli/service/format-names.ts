/** The programs that a file can be printed for. */
export const formatNames = ['supervisor', 'systemd', 'pm2', 'docker'] as const
export type FormatName = (typeof formatNames)[number]
