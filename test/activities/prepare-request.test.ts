import { beforeEach, expect, it } from 'vitest';
import { createChannels } from '../../src/activities/channels/channels.ts';
import { prepareRequest, reachFaults } from '../../src/activities/prepare-request.ts';
import { readConfig } from '../../src/config.ts';
import { ApprovalRequest } from '../../src/contract/approval-request.ts';
import type { ApprovalRequestInput, PreparedRequest } from '../../src/contract/approval-request.ts';
import type { Store } from '../../src/store/open.ts';
import { aRequest } from '../support/ask.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const BY = { by: 'root', time: '2026-03-01T09:00:00.000Z' };
const { notifications } = readConfig({
  MANDATE_DATA: '/tmp',
  MANDATE_NOTIFY_WEBHOOKS: 'ops https://ops.example/in, pager https://pager.example/in, ops2 https://ops.example/2',
  MANDATE_NOTIFY_SECRET: `whsec_${'a'.repeat(32)}`,
});

describeOnEachDatabase('a request that is prepared', (fresh) => {
  let store: Store;
  beforeEach(async () => {
    store = await openFresh(fresh);
    for (const [id, groups] of [
      ['ana', ['owners']],
      ['ben', ['owners', 'security']],
    ] as const) {
      await store.principals.add({ id, kind: 'person', groups: [...groups], email: null }, BY);
    }
    await store.principals.add({ id: 'bot', kind: 'agent', groups: ['owners'], email: null }, BY);
  });

  function prepare(overrides: Partial<ApprovalRequestInput>, trustNamespace = true): Promise<PreparedRequest> {
    const critical = { notify: ['ops'], requireChannels: { P0: 2 } };
    const channels = createChannels({ ...notifications, approvals: critical });
    return prepareRequest(ApprovalRequest.parse(aRequest(overrides)), { store, channels, trustNamespace });
  }

  it('asks the people of its groups, at every level, each once with all groups', async () => {
    const prepared = await prepare({
      approvers: [{ group: 'owners' }, { group: 'security' }, { id: 'ana', groups: ['legal'] }],
      escalation: [{ afterSeconds: 60, to: [{ group: 'security' }, { id: 'zoe' }] }],
    });

    expect(prepared).toEqual({
      ok: true,
      approvers: [
        { id: 'ana', groups: ['owners', 'legal'] },
        { id: 'ben', groups: ['owners', 'security'] },
      ],
      escalation: [
        {
          afterSeconds: 60,
          to: [
            { id: 'ben', groups: ['security'] },
            { id: 'zoe', groups: [] },
          ],
          restartsClock: false,
        },
      ],
    });
  });

  it.each([
    [
      'a group that nobody is in',
      { approvers: [{ group: 'lawyers' }] },
      /nobody is in the group lawyers.*people change/,
    ],
    ['an agent', { approvers: [{ id: 'ana' }, { id: 'bot' }] }, /bot is an agent; only people decide/],
    ['a channel that is not there', { channels: ['fax'] }, /fax is not configured.*log, ops, pager, ops2/],
    [
      'one way for what is critical',
      { priority: 'P0', channels: ['ops', 'ops2'] },
      /P0 asks for 2.*over 1 \(ops, ops2\)/,
    ],
    ['an action too large to be reviewed', { action: anAction('x'.repeat(270_000)) }, /at most 262144/],
  ] as const)('is refused with %s', async (_what, overrides, message) => {
    const prepared = await prepare(overrides as unknown as Partial<ApprovalRequestInput>);

    expect(prepared).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });

  it('takes critical ones over two ways', async () => {
    expect(await prepare({ priority: 'P0', channels: ['ops', 'pager'] })).toMatchObject({ ok: true });
  });

  it('asks only people who can prove a decision, where decisions have to be proven', async () => {
    const unknown = { approvers: [{ id: 'ana' }, { id: 'zoe' }] };

    expect(await prepare(unknown, false)).toMatchObject({ ok: true });
    expect(await prepare({ ...unknown, rule: { quorum: 2 } }, false)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/zoe cannot prove a decision here.*people add/),
    });
    expect(await prepare({ ...unknown, rule: { quorum: 2 } })).toMatchObject({ ok: true });

    await store.principals.change('ana', { active: false }, BY);
    expect(await prepare(unknown, false)).toMatchObject({ ok: false });
  });

  it('asks no more people than can be overseen', async () => {
    for (let n = 0; n < 201; n++) {
      await store.principals.add({ id: `p${n}`, kind: 'person', groups: ['everybody'], email: null }, BY);
    }

    expect(await prepare({ approvers: [{ group: 'everybody' }] })).toMatchObject({
      ok: false,
      message: expect.stringContaining('201 people would be asked, 200 are the most'),
    });
  });

  it('of a pipeline is looked at before the run begins, with its place', async () => {
    const channels = createChannels(notifications);
    const approvals = [
      { path: 'stages[0].approval', priority: 'P1', channels: ['fax'] },
      { path: 'stages[1].approval', priority: 'P1', channels: undefined },
    ] as const;

    const faults = await reachFaults(
      approvals.map((each) => ({ ...each, channels: each.channels?.slice() })),
      {
        store,
        channels,
        trustNamespace: true,
      },
    );

    expect(faults).toEqual([expect.stringMatching(/^stages\[0\]\.approval\.channels: fax is not configured/)]);
  });
});

function anAction(text: string): ApprovalRequestInput['action'] {
  return { kind: 'note', target: {}, payload: { text } };
}
