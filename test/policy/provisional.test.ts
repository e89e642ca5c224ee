import { expect, it } from 'vitest';
import { ApprovalRequest } from '../../src/contract/approval-request.ts';
import { needs } from '../../src/policy/approval.ts';
import { openProvisionally } from '../../src/policy/provisional.ts';
import { aRequest } from '../support/ask.ts';

const look = (overrides: Parameters<typeof aRequest>[0]) =>
  openProvisionally(ApprovalRequest.parse(aRequest(overrides)), 0);

it('a request whose groups may have enough people is shown as it asks, before they are known', () => {
  const seen = look({ approvers: [{ group: 'security' }, { id: 'ana' }], rule: { quorum: 3 } });

  expect(seen?.approvers.map(({ id }) => id)).toEqual(['a member of security', 'ana']);
  expect(seen && needs(seen)).toMatchObject({ approvals: 3 });
});

it('one that will be refused, whoever is in its groups, has nothing to show', () => {
  expect(look({ rule: { quorum: 3 } })).toBeUndefined();
  expect(look({ approvers: [{ group: 'security' }], rule: { quorum: { owners: 1 } } })).toBeUndefined();
  expect(look({ approvers: [{ group: 'security' }], irreversible: true, onTimeout: 'approve' })).toBeUndefined();
});
