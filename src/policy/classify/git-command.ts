import { readArguments } from './arguments.ts';
import { classifyFileWrite } from './file-write.ts';
import { finding } from './finding.ts';
import type { Classification, Finding } from './finding.ts';
import { settingsOf, subcommandAt } from './git-configuration.ts';
import type { GitSetting } from './git-configuration.ts';
import type { Invocation } from './invocation.ts';
import { isSharedBranch } from './shared-branch.ts';
import type { Word } from './shell-script.ts';

const PUSH_WITH_VALUE = ['-o', '--push-option', '--receive-pack', '--exec', '--repo', '--recurse-submodules'];
/** Settings by which git acts as somebody, or towards somebody, else. */
const IDENTITY =
  /^(?:user\.|author\.|committer\.|credential\.|github\.user|http\..*extraheader|http\.extraheader|url\..*insteadof|core\.sshcommand)/i;
/** Settings that stand in a file, which is not read. */
const ELSEWHERE = /^include(?:if\..*)?\.path$/i;
const CONFIG_ELSEWHERE = /^GIT_CONFIG_(?:PARAMETERS|GLOBAL|SYSTEM)=(?!\/dev\/null$|$)/;
// What only tells of a patch, or goes on with one.
const APPLIES_NOTHING = [
  '--check',
  '--stat',
  '--numstat',
  '--summary',
  '--abort',
  '--skip',
  '--quit',
  '--continue',
  '--show-current-patch',
];

/** What a call of git does to shared branches, to identities and to files that hold policy. */
export function classifyGit({ name, args, assignments }: Invocation): Classification {
  const plain = name.startsWith('git-') ? [{ text: name.slice('git-'.length), exact: true }, ...args] : args;
  const at = subcommandAt(plain);
  const settings = settingsOf(plain, assignments);
  const called = classifySubcommand(plain[at], plain.slice(at + 1));
  const elsewhere = [
    ...settings.filter(({ key }) => ELSEWHERE.test(key)).map(({ key }) => key),
    ...assignments.filter(({ text }) => CONFIG_ELSEWHERE.test(text)).map(({ text }) => text.split('=')[0] ?? ''),
  ];
  return {
    findings: [...settings.flatMap(bySetting), ...identityBy(assignments), ...called.findings],
    unreadable: [
      ...elsewhere.map((where) => `git takes settings from elsewhere by ${where}, which are not read`),
      ...called.unreadable,
    ],
  };
}

function classifySubcommand(subcommand: Word | undefined, rest: readonly Word[]): Classification {
  if (subcommand === undefined) return NOTHING;
  if (!subcommand.exact)
    return { findings: [], unreadable: [`git ${subcommand.text}: which command it is, is known only when it runs`] };
  switch (subcommand.text) {
    case 'push':
    case 'send-pack':
      return classifyPush(rest);
    case 'remote':
      return classifyRemote(rest);
    case 'credential':
      return { findings: storedCredential(rest), unreadable: [] };
    case 'apply':
    case 'am':
      return readArguments(rest).has(...APPLIES_NOTHING)
        ? NOTHING
        : { findings: [], unreadable: [`git ${subcommand.text} writes what a patch says, which is not read`] };
    case 'rm':
    case 'mv':
    case 'checkout':
    case 'restore':
      return {
        findings: readArguments(rest).operands.flatMap(({ text }) => classifyFileWrite(text)),
        unreadable: [],
      };
    default:
      return NOTHING;
  }
}

function classifyRemote(words: readonly Word[]): Classification {
  const mirrors = words[0]?.text === 'add' && words.some(({ text }) => /^--mirror(?:=push)?$/.test(text));
  return mirrors ? { findings: [force('git remote add --mirror makes every push a mirror')], unreadable: [] } : NOTHING;
}

function classifyPush(words: readonly Word[]): Classification {
  const args = readArguments(words, PUSH_WITH_VALUE);
  if (args.has('--dry-run', '-n')) return { findings: [], unreadable: [] };
  const refspecs = args.operands.slice(1);
  const forced = isForced(words);
  const deletes = args.has('--delete', '-d');
  const judged = refspecs.map((refspec) => ({ refspec, found: classifyRefspec(refspec, { forced, deletes }) }));
  const findings = judged.flatMap(({ found }) => found);
  if (given(words, '--mirror', 3))
    findings.push(force('git push --mirror makes every branch of the remote like the local ones'));
  else if (given(words, '--prune', 4)) findings.push(force('git push --prune deletes branches of the remote'));
  else if (forced && refspecs.length === 0) {
    const all = args.has('--all', '--branches', '--tags') ? 'every branch or tag' : 'a branch that is not named';
    findings.push(force(`git push with force to ${all}`));
  }
  const told = new Set(judged.flatMap(({ refspec, found }) => (found.length > 0 ? [refspec] : [])));
  const hidden = args.open.filter((word) => !told.has(word));
  return {
    findings,
    unreadable: hidden.map(
      ({ text }) => `git push ${text}: it may be --force or a forced branch, which is known only when it runs`,
    ),
  };
}

interface How {
  readonly forced: boolean;
  readonly deletes: boolean;
}

function classifyRefspec({ text, exact }: Word, { forced, deletes }: How): Finding[] {
  const plus = text.startsWith('+');
  const [source = '', ...more] = text.replace(/^\+/, '').split(':');
  const goal = more.length === 0 ? source : more.join(':');
  const removed = deletes || (source === '' && more.length > 0 && goal !== '');
  const unknown = !exact && /[$`{]/.test(goal);
  if (!forced && !plus && !removed) return [];
  if (/^(?:refs\/)?tags\//.test(goal)) return [];
  if (!unknown && !isSharedBranch(goal)) return [];
  const what = removed ? 'git push deletes' : 'git push with force to';
  return [
    force(
      `${what} ${unknown ? `a branch known only when it runs, ${goal}` : `the shared branch ${goal || 'of the remote'}`}`,
    ),
  ];
}

/** The last of the options that turn force on and off counts. */
function isForced(words: readonly Word[]): boolean {
  let forced = false;
  for (const { text } of words) {
    if (text === '--') break;
    if (text === '--no-force' || text === '--no-force-with-lease') forced = false;
    else if (/^--force(?:-with-lease(?:=.*)?|-w[a-z-]*|)$/.test(text) || /^--forc$/.test(text)) forced = true;
    // `-o` takes the rest of a cluster for its value.
    else if (/^-[a-zA-Z46]+$/.test(text) && text.split('o')[0]?.includes('f') === true) forced = true;
  }
  return forced;
}

/** Git takes a long option by any beginning of it that is its own. */
function given(words: readonly Word[], option: string, least: number): boolean {
  return words.some(({ text }) => text.length >= least + 2 && option.startsWith(text));
}

/** What a setting does, whichever command it is given to: it may be kept for later ones. */
function bySetting({ key, value }: GitSetting): Finding[] {
  if (IDENTITY.test(key)) return [finding('account_switch', `the setting ${key} makes git act under another identity`)];
  if (/^remote\..+\.mirror$/i.test(key) && !/^(?:false|no|off|0|)$/i.test(value.text))
    return [force(`the setting ${key} makes every branch of the remote like the local ones`)];
  if (/^remote\..+\.push$/i.test(key)) return classifyRefspec(value, { forced: false, deletes: false });
  return [];
}

function identityBy(assignments: readonly Word[]): Finding[] {
  return assignments
    .filter(({ text }) => /^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)=|^GIT_(?:SSH_COMMAND|ASKPASS)=/.test(text))
    .map(({ text }) => finding('account_switch', `${text.split('=')[0]} acts under another identity`));
}

function storedCredential([operation]: readonly Word[]): Finding[] {
  if (operation?.text !== 'approve' && operation?.text !== 'reject') return [];
  return [finding('account_switch', `git credential ${operation.text} changes the stored credentials`)];
}

function force(why: string): Finding {
  return finding('force_push_shared', why);
}

const NOTHING: Classification = { findings: [], unreadable: [] };
