import { dirname, join, relative } from 'node:path'
import { ConfigError } from '../../contract/errors.ts'
import { commandOf, type Unit } from './unit.ts'

/** A service of systemd: with several processes a template, of which each is an instance. */
export function systemdUnit(unit: Unit): string {
  const { name, root, user, processes, stopSeconds } = unit
  const [file, instances] = processes === 1 ? [name, name] : [`${name}@`, `${name}@{1..${processes}}`]
  return `# Printed by \`queue service systemd\`.
# 1. Put it into /etc/systemd/system/${file}.service
# 2. systemctl daemon-reload && systemctl enable --now ${instances}
# After a deploy: queue restart, or systemctl restart ${instances}
# What the workers say: ${heard(unit)}
[Unit]
Description=Queue worker ${name}${processes === 1 ? '' : ' %i'}
Wants=network-online.target
After=network-online.target
# However often it ends, it is started anew.
StartLimitIntervalSec=0

[Service]
User=${user.value}
WorkingDirectory=${specifiers(root)}
ExecStart=${commandLine(commandOf(unit))}
# A worker that ends is started anew, whatever it ended by, but for 2: a mistake in the configuration stays until it is mended.
Restart=always
RestartSec=1
RestartPreventExitStatus=2
# The worker is told to stop and ends what it started; what is left when the time is up is killed.
KillMode=mixed
# The grace time and ${unit.beyondGrace} s more: change them together. Sooner would be kill -9 in the midst of a job.
TimeoutStopSec=${stopSeconds}
${output(unit)}# Passwords: QUEUE_PASSWORD=… and the like in this file, which root alone may read, instead of .env. Without the file there are none.
LoadCredential=queue.env:/etc/${name}.env
SetCredential=queue.env:#

# What no worker needs. Your jobs may write where ReadWritePaths says: add folders that they need.
ReadWritePaths=${writable(unit).map(quoted).join(' ')}
ProtectSystem=strict
PrivateTmp=true
PrivateDevices=true
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectControlGroups=true
RestrictSUIDSGID=true
RestrictRealtime=true
LockPersonality=true

[Install]
WantedBy=multi-user.target
`
}

function heard({ name, processes, log }: Unit): string {
  return log.isAsked ? log.value : `journalctl -u '${name}${processes === 1 ? '' : '@*'}'`
}

/** The journal has it unless a folder was asked for. */
function output({ name, processes, log }: Unit): string {
  if (!log.isAsked) return ''
  const file = `${specifiers(join(log.value, name))}${processes === 1 ? '' : '-%i'}.log`
  return `StandardOutput=append:${file}\nStandardError=inherit\n`
}

/** The project, and the folder of the store where that lies elsewhere. */
function writable({ root, store }: Unit): readonly string[] {
  return store === null || !relative(root, store).startsWith('..') ? [root] : [root, dirname(store)]
}

/** A dollar is a variable in arguments, and itself in the path of the program. */
function commandLine([program = '', ...args]: readonly string[]): string {
  if (/["'\\]/.test(program))
    throw new ConfigError(`systemd starts no program whose path has a quote or a backslash: ${program}`)
  return [quoted(program), ...args.map((word) => quoted(word.replaceAll('$', '$$$$')))].join(' ')
}

function quoted(word: string): string {
  const text = specifiers(word)
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%')
}
