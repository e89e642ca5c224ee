import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { classifyFileWrite } from './file-write.ts';
import { finding } from './finding.ts';
import type { Classification, Finding } from './finding.ts';
import type { Invocation } from './invocation.ts';
import { isSharedBranch } from './shared-branch.ts';
import type { Word } from './shell-script.ts';

const GLOBAL_WITH_VALUE = ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--config-env'];
const PUSH_WITH_VALUE = ['-o', '--push-option', '--receive-pack', '--exec', '--repo', '--recurse-submodules'];
/** Settings by which git acts as somebody, or towards somebody, else. */
const IDENTITY =
  /^(?:user\.|author\.|committer\.|credential\.|github\.user|http\..*extraheader|http\.extraheader|url\..*insteadof|core\.sshcommand)/i;
const READS_CONFIG = /^(?:--get.*|--list|-l|--show-origin|--show-scope|--unset.*|--remove-section|--rename-section)$/;

/** What a call of git does to shared branches, to identities and to files that hold policy. */
export function classifyGit({ name, args, assignments }: Invocation): Classification {
  const plain = name.startsWith('git-') ? [{ text: name.slice('git-'.length), exact: true }, ...args] : args;
  const at = subcommandAt(plain);
  const before = readArguments(plain.slice(0, at), GLOBAL_WITH_VALUE);
  const subcommand = plain[at];
  const findings = [...identityBy(before, assignments)];
  if (subcommand === undefined) return { findings, unreadable: [] };
  if (!subcommand.exact)
    return { findings, unreadable: [`git ${subcommand.text}: which command it is, is known only when it runs`] };
  const rest = plain.slice(at + 1);
  switch (subcommand.text) {
    case 'push':
    case 'send-pack': {
      const pushed = classifyPush(rest);
      return { findings: [...findings, ...pushed.findings], unreadable: pushed.unreadable };
    }
    case 'config':
      return { findings: [...findings, ...identityByConfig(rest)], unreadable: [] };
    case 'credential':
      return { findings: [...findings, ...storedCredential(rest)], unreadable: [] };
    case 'rm':
    case 'mv':
    case 'checkout':
    case 'restore':
      return {
        findings: [...findings, ...readArguments(rest).operands.flatMap(({ text }) => classifyFileWrite(text))],
        unreadable: [],
      };
    default:
      return { findings, unreadable: [] };
  }
}

function subcommandAt(args: readonly Word[]): number {
  for (let at = 0; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (!text.startsWith('-')) return at;
    if (GLOBAL_WITH_VALUE.includes(text)) at += 1;
  }
  return args.length;
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

function identityBy(before: Arguments, assignments: readonly Word[]): Finding[] {
  const settings = before.values('-c').filter((setting) => IDENTITY.test(setting));
  const variables = assignments.filter(({ text }) =>
    /^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)=|^GIT_(?:SSH_COMMAND|ASKPASS)=/.test(text),
  );
  return [
    ...settings.map((setting) =>
      finding('account_switch', `git -c ${setting.split('=')[0]} acts under another identity`),
    ),
    ...variables.map(({ text }) => finding('account_switch', `${text.split('=')[0]} acts under another identity`)),
  ];
}

function identityByConfig(words: readonly Word[]): Finding[] {
  const args = readArguments(words, ['-f', '--file', '--blob', '--type', '--default']);
  if (words.some(({ text }) => READS_CONFIG.test(text))) return [];
  const [first, ...others] = args.operands;
  const operation = first?.text ?? '';
  if (operation === 'get' || operation === 'list' || operation === 'unset') return [];
  const [key, value] = operation === 'set' ? others : [first, others[0]];
  if (key === undefined || value === undefined || !IDENTITY.test(key.text)) return [];
  return [finding('account_switch', `git config ${key.text} changes under which identity git acts`)];
}

function storedCredential([operation]: readonly Word[]): Finding[] {
  if (operation?.text !== 'approve' && operation?.text !== 'reject') return [];
  return [finding('account_switch', `git credential ${operation.text} changes the stored credentials`)];
}

function force(why: string): Finding {
  return finding('force_push_shared', why);
}
