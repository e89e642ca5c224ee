import { classifyFiles } from './file-command.ts';
import { distinct } from './finding.ts';
import type { Classification } from './finding.ts';
import { classifyGit } from './git-command.ts';
import { classifyForge } from './github-command.ts';
import { classifyRequests } from './http-command.ts';
import { invocationsOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { classifyAccounts } from './other-account.ts';
import { classifyPrivileges } from './privilege-command.ts';
import { classifyByWords, openCommand } from './program-rules.ts';
import { classifySql } from './sql.ts';
import { unreadBy } from './unread.ts';

/**
 * What a command line would do that nobody may delegate, and what of it cannot be told. Fails towards a person: what is
 * known only when it runs, or is written in another language, is unreadable and never counts as harmless. Programs are
 * taken for what their names say.
 */
export function classifyCommand(command: string): Classification {
  const { invocations, unreadable } = invocationsOf(command);
  const each = invocations.map(classifyInvocation);
  return {
    findings: distinct(each.flatMap(({ findings }) => findings)),
    unreadable: [...new Set([...unreadable, ...each.flatMap((one) => one.unreadable)])],
  };
}

function classifyInvocation(invocation: Invocation): Classification {
  const { name } = invocation;
  const git = name === 'git' || name === 'git-push' || name === 'hub' ? classifyGit(invocation) : NOTHING;
  const files = classifyFiles(invocation);
  return {
    findings: [
      ...git.findings,
      ...files.findings,
      ...(name === 'gh' || name === 'glab' || name === 'hub' ? classifyForge(invocation) : []),
      ...classifyByWords(invocation),
      ...classifyAccounts(invocation),
      ...classifyPrivileges(invocation),
      ...classifyRequests(invocation),
      ...classifySql(invocation),
    ],
    unreadable: [...git.unreadable, ...files.unreadable, ...openCommand(invocation), ...unreadBy(invocation)],
  };
}

const NOTHING: Classification = { findings: [], unreadable: [] };
