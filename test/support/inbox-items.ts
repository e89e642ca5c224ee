import type { InboxItem } from '../../src/contract/approval-request.ts';

/** A request as an inbox shows it: ana and ben may decide about a note to the team. */
export function anInboxItem(overrides: Partial<InboxItem> = {}): InboxItem {
  return {
    requestId: 'q1',
    runId: 'r1',
    title: 'Tell the team',
    kind: 'webhook',
    action: { kind: 'webhook', target: { url: 'https://team.example/in' }, payload: { body: { note: 'hello' } } },
    context: { agent: 'teller', titledBy: 'teller' },
    irreversible: true,
    digest: `sha256:${'a'.repeat(64)}`,
    digests: [`sha256:${'a'.repeat(64)}`],
    editable: [],
    level: 0,
    barred: [],
    groups: [],
    priority: 'P1',
    risk: 'The whole team reads it',
    requester: 'gus',
    approvers: ['ana', 'ben'],
    createdAt: '2026-01-01T00:00:00.000Z',
    deadline: '2026-01-02T00:00:00.000Z',
    onTimeout: 'reject',
    needs: { approvals: 2 },
    votes: [{ by: 'ben', verdict: 'approve', at: '2026-01-01T01:00:00.000Z' }],
    status: 'pending',
    overdue: false,
    ...overrides,
  };
}
