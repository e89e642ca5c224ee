import { readArguments } from './arguments.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Invocation } from './invocation.ts';

const BECOMES_ANOTHER = new Set(['sudo', 'sudoedit', 'su', 'doas', 'pkexec', 'runuser', 'gosu', 'su-exec']);

/** What changes who may do what on this machine. */
export function classifyPrivileges({ name, args }: Invocation): readonly Finding[] {
  const texts = args.map(({ text }) => text);
  const escalates = (why: string): Finding[] => [finding('permission_escalation', why)];
  if (BECOMES_ANOTHER.has(name)) {
    const onlyAsks =
      name === 'sudo' &&
      texts.length > 0 &&
      texts.every((text) =>
        /^(?:-[lvkKVh]+|--(?:list|validate|reset-timestamp|remove-timestamp|version|help))$/.test(text),
      );
    return onlyAsks ? [] : escalates(`${name} acts with the rights of another user`);
  }
  switch (name) {
    case 'chmod': {
      const mode = texts.find((text) => !/^-[RvcfhHLP]+$|^--/.test(text)) ?? '';
      return widens(mode) ? escalates(`chmod ${mode} lets everybody write, or lets a program act as its owner`) : [];
    }
    case 'usermod':
      return readArguments(args, ['-G', '--groups', '-u', '--uid', '-g', '--gid']).has(
        '-G',
        '--groups',
        '-u',
        '--uid',
        '-g',
        '--gid',
        '-o',
      )
        ? escalates('usermod gives a user other groups or another id')
        : [];
    case 'gpasswd':
      return texts.some((text) => /^(?:-a|--add|-A|-M)$/.test(text)) ? escalates('gpasswd adds to a group') : [];
    case 'adduser':
    case 'addgroup':
      return texts.filter((text) => !text.startsWith('-')).length > 1
        ? escalates(`${name} adds a user to a group`)
        : [];
    case 'setcap':
    case 'visudo':
    case 'passwd':
    case 'chpasswd':
    case 'ssh-copy-id':
      return escalates(`${name} changes who may do what`);
    case 'setfacl':
      return texts.some((text) => /^(?:-[a-zA-Z]*m|--modify)/.test(text)) ? escalates('setfacl gives access') : [];
    case 'docker':
    case 'podman':
    case 'nerdctl':
      return texts.some((text) => OPENS_HOST.test(text)) ? escalates(`${name} gives a container the host`) : [];
    case 'net':
      return texts[0] === 'localgroup' && texts.includes('/add') ? escalates('net localgroup adds to a group') : [];
    case 'dscl':
    case 'dseditgroup':
      return texts.some((text) => /^(?:-append|append|-a)$/.test(text)) ? escalates(`${name} adds to a group`) : [];
    default:
      return [];
  }
}

/** What lets a container out: the root of the host, the socket of its own engine, its processes, further rights. */
const OPENS_HOST =
  /^(?:(?:-v=?|--volume=)?\/:|--(?:pid|ipc|userns)=host$|--cap-add)|(?:^|[=:,])\/(?:var\/)?run\/docker\.sock(?:[:,]|$)|\bsource=\/(?:,|$)/;

/** Set-user-id and set-group-id, and what everybody may write; a sticky folder like /tmp is meant for everybody. */
function widens(mode: string): boolean {
  if (/^[0-7]{3,5}$/.test(mode)) {
    const bits = parseInt(mode, 8);
    return (bits & 0o6000) !== 0 || ((bits & 0o002) !== 0 && (bits & 0o1000) === 0);
  }
  return mode.split(',').some((clause) => {
    const [, who = '', rights = ''] = /^([ugoa]*)[+=]([rwxXst]*)/.exec(clause) ?? [];
    if (rights.includes('s')) return true;
    return rights.includes('w') && !rights.includes('t') && /[oa]/.test(who);
  });
}
