import { readArguments } from './arguments.ts';
import type { Invocation } from './invocation.ts';
import { sedCallsShell } from './sed-script.ts';

/** What programs do by a text that is not read here: scripts in files, commands of editors, patches, tables of times. */
export function unreadBy({ name, args }: Invocation): readonly string[] {
  const texts = args.map(({ text }) => text);
  if (/\.(?:sh|bash|zsh|ksh|fish)$/.test(name)) return [`${name}: what the script does is not looked into`];
  switch (name) {
    case '.':
    case 'source':
      return texts.length === 0 ? [] : [`${name} ${texts[0]}: what the script does is not looked into`];
    case 'sed':
    case 'gsed':
      return unreadOfSed(args);
    case 'vim':
    case 'vi':
    case 'nvim':
    case 'gvim':
    case 'view':
      return texts.some((text) => EDITOR_COMMAND.test(text)) ? [`${name} carries out commands of its own`] : [];
    case 'ed':
    case 'ex':
      return texts.length === 0 || texts.includes('--version') ? [] : [`${name} carries out commands of its own`];
    case 'crontab':
      return readArguments(args, ['-u']).has('-l', '-r', '-e', '-h', '--help', '-V')
        ? []
        : ['crontab has commands run later, which are not read'];
    case 'patch':
      return texts.some((text) => /^(?:--dry-run|-C|--check|--help|-v|--version)$/.test(text))
        ? []
        : ['patch writes what a patch says, which is not read'];
    default:
      return [];
  }
}

function unreadOfSed(args: Invocation['args']): readonly string[] {
  const read = readArguments(args, ['-e', '--expression', '-f', '--file', '-l', '--line-length']);
  if (read.has('-f', '--file')) return ['sed runs a script in a file, which is not read'];
  const given = read.values('-e', '--expression');
  const scripts = given.length > 0 ? given : [read.operands[0]?.text ?? ''];
  return scripts.some(sedCallsShell) ? ['sed calls a shell'] : [];
}

// A line to go to, or a text to look for, is no command.
const EDITOR_COMMAND = /^(?:-c|-S|-s|--cmd(?:=.*)?|-[eE]s|\+(?!\d*$|\/).*|-[cS].+)$/s;
