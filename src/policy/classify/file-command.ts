import { readArguments } from './arguments.ts';
import { classifyFileWrite } from './file-write.ts';
import { finding } from './finding.ts';
import type { Classification } from './finding.ts';
import type { Invocation } from './invocation.ts';
import type { Word } from './shell-script.ts';

const WRITES = new Set(['>', '>>', '>|', '>&', '&>', '&>>', '<>']);
// Folders that are everything there is.
const EVERYTHING =
  /^(?:\/|~|\/(?:home|etc|usr|var|bin|sbin|lib|lib64|boot|opt|root|srv|users|system|library|applications|data|mnt)|[a-z]:)$/i;
// What a goal must look like to be a folder for certain, or one that holds policy.
const FOLDER =
  /(?:^|\/)(?:\.{0,2}|~|\.claude|\.github|\.git|\.git\/hooks|\.mandate|\.cursor|polic(?:y|ies)|workflows|rulesets|sudoers\.d|\.ssh|\.aws)$/i;
const HOME = /^(?:\$HOME|\$\{HOME\}|\$\(pwd\)\/\.\.)$/;
const DISK = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper\/|md)\w*/;

/** What a command does to files: those that hold policy, and everything at once. */
export function classifyFiles(invocation: Invocation): Classification {
  const written = [...redirected(invocation), ...byProgram(invocation)];
  const findings = written.flatMap(({ path, content }) => {
    if (DISK.test(path)) return [finding('venture_kill', `${invocation.name} writes over the disk ${path}`)];
    return classifyFileWrite(path, undefined, content);
  });
  const removed = removedAtOnce(invocation);
  return { findings: [...findings, ...removed.findings], unreadable: removed.unreadable };
}

interface Written {
  readonly path: string;
  /** Undefined where the command does not say. */
  readonly content: string | undefined;
}

function redirected({ name, args, redirects, input }: Invocation): Written[] {
  const said =
    name === 'echo' || name === 'printf'
      ? args.map(({ text }) => text).join(' ')
      : name === 'cat'
        ? input?.text
        : undefined;
  return redirects
    .filter(({ operator, target }) => WRITES.has(operator) && !/^(?:\d+|-)$/.test(target.text))
    .map(({ target }) => ({ path: target.text, content: said }));
}

function byProgram({ name, args, input }: Invocation): Written[] {
  const plain = (words: readonly Word[], content?: string): Written[] =>
    words.map(({ text }) => ({ path: text, content }));
  switch (name) {
    case 'tee':
    case 'sponge':
      return plain(readArguments(args).operands, input?.text);
    case 'sed':
    case 'gsed': {
      const read = readArguments(args, ['-e', '--expression', '-f', '--file', '-l']);
      if (!args.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text))) return [];
      return plain(read.has('-e', '--expression', '-f', '--file') ? read.operands : read.operands.slice(1));
    }
    case 'perl':
    case 'yq':
    case 'ruby':
      return args.some(({ text }) => /^-[a-zA-Z]*i|^--inplace/.test(text))
        ? plain(readArguments(args, ['-e']).operands)
        : [];
    case 'cp':
    case 'mv':
    case 'install':
    case 'ln':
    case 'rsync':
    case 'scp':
      return copied(name, args);
    case 'rm':
    case 'unlink':
    case 'shred':
    case 'rmdir':
      return plain(readArguments(args).operands, '');
    case 'truncate':
      return plain(readArguments(args, ['-s', '--size', '-r', '--reference']).operands);
    case 'dd':
      return args.flatMap(({ text }) =>
        text.startsWith('of=') ? [{ path: text.slice('of='.length), content: undefined }] : [],
      );
    case 'vim':
    case 'vi':
    case 'nvim':
    case 'gvim':
      return args.some(({ text }) => /^-[a-zA-Z]*[RM]$/.test(text))
        ? []
        : plain(readArguments(args, ['-c', '--cmd', '-S', '-s', '-u', '-U', '-i', '-t', '-w', '-W', '-T']).operands);
    case 'nano':
    case 'pico':
    case 'micro':
    case 'emacs':
    case 'emacsclient':
    case 'hx':
    case 'helix':
    case 'kak':
    case 'joe':
    case 'code':
    case 'codium':
    case 'cursor':
    case 'subl':
    case 'zed':
    case 'gedit':
    case 'kate':
    case 'ed':
    case 'ex':
      return plain(readArguments(args).operands);
    case 'patch':
      return plain(readArguments(args, ['-i', '-p', '-d', '-c']).operands.slice(0, 1));
    default:
      return [];
  }
}

function copied(name: string, args: readonly Word[]): Written[] {
  const read = readArguments(args, [
    '-t',
    '--target-directory',
    '-S',
    '--suffix',
    '-m',
    '--mode',
    '-o',
    '-g',
    '-e',
    '--exclude',
    '--include',
  ]);
  const folder = read.values('-t', '--target-directory').at(-1);
  const sources = folder === undefined ? read.operands.slice(0, -1) : read.operands;
  // Also on another machine.
  const goal = (folder ?? read.operands.at(-1)?.text ?? '').replace(/^[\w.@-]+:(?=[/~.])/, '');
  const into = sources.map(({ text }) => `${goal}/${text.split('/').at(-1) ?? ''}`);
  const isFolder = folder !== undefined || sources.length > 1 || FOLDER.test(goal);
  const goals = isFolder ? into : [goal];
  // What is moved away is gone from where it was.
  const gone = name === 'mv' ? sources.map(({ text }) => ({ path: text, content: '' })) : [];
  return [...goals.map((path) => ({ path, content: undefined })), ...gone];
}

function removedAtOnce({ name, args }: Invocation): Classification {
  const kill = (why: string): Classification => ({ findings: [finding('venture_kill', why)], unreadable: [] });
  const read = readArguments(args);
  if (name === 'find') {
    const deletes = args.some(({ text }) => text === '-delete');
    return deletes && isEverything(args[0]) ? kill(`find ${args[0]?.text ?? ''} -delete removes everything`) : NOTHING;
  }
  if (/^mkfs(?:\.\w+)?$|^wipefs$|^blkdiscard$/.test(name) && read.operands.length > 0)
    return kill(`${name} wipes a disk`);
  if (name !== 'rm' || !read.has('-r', '-R', '--recursive')) return NOTHING;
  if (read.has('--no-preserve-root')) return kill('rm with --no-preserve-root removes everything');
  const everything = read.operands.find(isEverything);
  if (everything !== undefined) return kill(`rm -r ${everything.text} removes everything`);
  const open = read.operands.find(
    ({ text, exact }) =>
      /^(?:\.{1,2}\/)*(?:\.{1,2}|\.?\*{1,2})\/?$/.test(text) ||
      (!exact && /^(?:\$\{?\w+\}?\/?){1,3}(?:\*|\.)?$/.test(text)),
  );
  return open === undefined
    ? NOTHING
    : { findings: [], unreadable: [`rm -r ${open.text}: what it removes is known only when it runs`] };
}

function isEverything(word: Word | undefined): boolean {
  if (word === undefined || word.text.length > 1_000) return false;
  const path = word.text
    .replaceAll(/\/{2,}/g, '/')
    .replaceAll(/(?:^|(?<=\/))\.\//g, '')
    .replace(/(?:\/\.?\*{1,2}|\/\{\*,\.\*\}|\/\.)+$/, '/');
  const plain = path === '/' || path === '' ? path : path.replace(/\/$/, '');
  return EVERYTHING.test(plain) || (!word.exact && HOME.test(plain));
}

const NOTHING: Classification = { findings: [], unreadable: [] };
