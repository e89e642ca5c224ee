import type { z } from 'zod';
import type { Action } from '../../src/contract/action.ts';
import type { ApprovalTerms } from '../../src/contract/approval.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import { openApproval } from '../../src/policy/approval.ts';
import type { ApprovalState } from '../../src/policy/approval.ts';

type Terms = z.input<typeof ApprovalTerms>;

export const COMMENT: Action = {
  kind: 'github_comment',
  target: { repo: 'example/site', issue: 12 },
  payload: { body: 'Ship it on Monday.' },
};

/** Terms by which ana and ben may decide for agent-7, on behalf of gus, within an hour. */
export function aRequest(overrides: Partial<Terms> = {}): Terms {
  const action = overrides.action ?? COMMENT;
  return {
    requester: 'gus',
    actingAgent: 'agent-7',
    approvers: [{ id: 'ana' }, { id: 'ben' }],
    timeoutSeconds: 3600,
    action,
    digest: digestOf(action),
    ...overrides,
  };
}

/** The state of such a request, made at 0. */
export function anApproval(overrides: Partial<Terms> = {}): ApprovalState {
  const opened = openApproval(aRequest(overrides), 0);
  if (!opened.ok) throw new Error(opened.message);
  return opened.state;
}
