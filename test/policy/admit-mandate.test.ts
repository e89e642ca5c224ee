import { expect, it } from 'vitest';
import { MandateApprovers } from '../../src/contract/grant.ts';
import { ApprovalSettings } from '../../src/contract/pipeline.ts';
import { settingsFor } from '../../src/policy/admit-mandate.ts';

const wanted = ApprovalSettings.parse({
  title: 'Lunch',
  risk: 'none',
  approvers: [{ id: 'ana' }],
  rule: { requesterMayDecide: true, veto: false },
  timeoutSeconds: 7_200,
  onTimeout: 'escalate',
  escalation: [{ afterSeconds: 1, to: [{ id: 'ben' }] }],
  reminders: [],
  channels: ['log'],
  priority: 'P3',
});

it('where the operator says who is asked about mandates, a requester has a say in nothing but how long', () => {
  const configured = MandateApprovers.parse({ approvers: [{ id: 'olga' }, { id: 'cleo' }], rule: { quorum: 2 } });

  expect(settingsFor(wanted, configured)).toEqual(ApprovalSettings.parse({ ...configured, timeoutSeconds: 7_200 }));
});

it('where the operator does not, people are asked as the requester wants it', () => {
  expect(settingsFor(wanted, undefined)).toEqual(wanted);
});
