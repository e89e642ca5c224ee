import type { NonDelegable } from '../../contract/non-delegable.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

// A line that a bot obeys with its own rights, which whoever comments may not have. Bots read the raw text: a line in a
// block of code counts, a quoted one does not begin with the command.
const COMMANDS: readonly (readonly [NonDelegable, RegExp])[] = [
  [
    'permission_escalation',
    /^\/(?:merge|automerge|auto-merge|squash|rebase-merge|fast-forward|queue|submit|land|ship(?:it)?|lgtm|approve|approved|ok-to-test|allow|grant|sudo|promote|deploy|release|publish|invite|add-(?:user|member|collaborator|reviewer-team)|cherry-?pick|backport-merge|transfer(?:-issue)?)(?![\w/-])(?!\s+cancel\b)/i,
  ],
  ['ruleset_disable', /^\/(?:override|skip|force-merge|bypass)(?![\w/-])/i],
  [
    'permission_escalation',
    /^@(?:dependabot|dependabot-preview|renovate(?:-bot)?)(?:\[bot\])?\s+(?:squash\s+and\s+)?merge\b/i,
  ],
  ['permission_escalation', /^@mergify(?:io)?(?:\[bot\])?\s+(?:merge|queue|refresh-and-merge|squash)\b/i],
  ['permission_escalation', /^(?:@?bors(?:-ng)?(?:\[bot\])?)[:,]?\s+(?:r[+=]|merge|try-merge|delegate[+=]|d[+=])/i],
  [
    'permission_escalation',
    /^@(?:bulldozer|kodiak(?:hq)?|graphite-app|aviator(?:-app)?|trunk-io)(?:\[bot\])?\s+(?:merge|queue|submit)\b/i,
  ],
  ['permission_escalation', /^\/(?:trunk|aviator|graphite|kodiak)\s+(?:merge|queue|submit)\b/i],
];

/** A comment that tells a bot to merge, to approve, to grant or to pass over a check. */
export function classifyComment(body: string): readonly Finding[] {
  return body.split(/\r\n|[\n\r\u2028\u2029]/).flatMap((raw) => {
    const line = raw.replaceAll(/\p{Cf}/gu, '').trim();
    return COMMANDS.flatMap(([which, pattern]) => {
      const command = pattern.exec(line)?.[0];
      return command === undefined
        ? []
        : [finding(which, `the comment tells a bot "${command}", which acts with rights of its own`)];
    });
  });
}
