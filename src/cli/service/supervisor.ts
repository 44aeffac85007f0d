import { ConfigError } from '../../contract/errors.ts'
import { commandOf, type Unit } from './unit.ts'

/** A program of supervisord. */
export function supervisorProgram(unit: Unit): string {
  const { name, root, user, processes, log, stopSeconds } = unit
  return `; Printed by \`queue service supervisor\`.
; 1. Put it into /etc/supervisor/conf.d/${name}.conf (Debian, Ubuntu) or /etc/supervisord.d/${name}.ini (CentOS).
; 2. supervisorctl reread && supervisorctl update
; After a deploy: queue restart, or supervisorctl restart ${name}:*
[program:${name}]
process_name=%(program_name)s_%(process_num)02d
; Absolute paths, since supervisord starts in /. No npx before it, which would not pass signals on.
command=${commandOf(unit).map(quoted).join(' ')}
directory=${plain(root)}
user=${user.value}
numprocs=${processes}
autostart=true
; A worker that ends is started anew, whatever it ended by, but for 2: a mistake in the configuration stays until it is mended.
autorestart=unexpected
exitcodes=2
; With 1 an exit code 2 at the start would be tried again, and four bad starts in a row would be the last.
startsecs=0
; The grace time and ${unit.beyondGrace} s more: change them together. Sooner would be kill -9 in the midst of a job.
stopwaitsecs=${stopSeconds}
stopasgroup=true
killasgroup=true
redirect_stderr=true
; supervisord does not make this folder.
stdout_logfile=${plain(plain(log.value))}/%(program_name)s_%(process_num)02d.log
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=10
`
}

/** A word of a command, as supervisord splits it: after it has taken comments away and put values in for %(names)s. */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%')
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  // Nothing between two quotes, so that no blank stands before what would begin a comment.
  return `"${text.replace(/["\\]/g, '\\$&').replace(/(\s)([;#])/g, '$1""$2')}"`
}

/** A path outside of a command, where nothing can be quoted. That of a log file has its %(names)s put in twice. */
function plain(path: string): string {
  if (/\s[;#]|^\s|\s$/.test(path))
    throw new ConfigError(
      `the path "${path}" cannot be written for supervisor, which takes " ;" and " #" for comments`,
    )
  return path.replaceAll('%', '%%')
}
