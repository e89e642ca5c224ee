import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { InboxFilters, InboxRow, Mandate as MandateClient } from '../../src/client.ts';
import type { ApprovalRequestInput } from '../../src/contract/approval-request.ts';
import { requestIdOf } from '../../src/contract/ids.ts';
import { inboxItemQuery } from '../../src/workflows/messages.ts';
import { MandateApprovers } from '../../src/workflows/search-attributes.ts';
import { ask, aRequest, eventsOf } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let client: MandateClient;
beforeAll(async () => {
  mandate = await startMandate();
  client = createMandate(mandate.client);
});
afterAll(async () => mandate.stop());

// Each test looks at requests of a run of its own, since all are in one inbox.
const newRun = (): string => `run-${randomBytes(6).toString('hex')}`;

async function open(run: string, overrides: Partial<ApprovalRequestInput> = {}): Promise<string> {
  const handle = await ask(mandate.client, { run, ...overrides });
  return requestIdOf(handle.workflowId);
}

/** Waits for a list, which lags, to show just these. */
function shows(filters: InboxFilters, ids: readonly string[], inbox = client): Promise<InboxRow[]> {
  return until(`the inbox shows ${JSON.stringify(ids)} for ${JSON.stringify(filters)}`, async () => {
    const rows = await inbox.inbox(filters);
    return sorted(rows.map(({ requestId }) => requestId)) === sorted(ids) && rows.every(isTold) && rows;
  });
}

const sorted = (ids: readonly string[]): string => [...ids].sort().join(' ');
const isTold = ({ incomplete }: InboxRow): boolean => incomplete !== true;

describe('the inbox', () => {
  it('shows of a request what the request itself says', async () => {
    const run = newRun();
    const id = await open(run, {
      risk: 'low',
      stage: 'ask',
      priority: 'P0',
      rule: { quorum: { legal: 1 } },
      approvers: [{ id: 'ana', groups: ['legal'] }, { id: 'gus' }],
    });

    const [row] = await shows({ run }, [id]);

    const {
      action: _action,
      context: _context,
      digests: _digests,
      editable: _editable,
      irreversible: _irreversible,
      level: _level,
      ...item
    } = await client.request(id);
    expect(row).toMatchObject(item);
    expect(row).toMatchObject({
      groups: ['legal'],
      barred: ['gus'],
      needs: { groups: [{ group: 'legal', approvals: 1 }] },
    });
  });

  it('puts the most urgent first, and shows no more than it is asked for', async () => {
    const run = newRun();
    const late = await open(run, { priority: 'P2', timeoutSeconds: 600 });
    const soon = await open(run, { priority: 'P1', timeoutSeconds: 600 });
    const first = await open(run, { priority: 'P0', timeoutSeconds: 6_000 });
    const later = await open(run, { priority: 'P1', timeoutSeconds: 6_000 });

    const rows = await shows({ run }, [late, soon, first, later]);

    expect(rows.map(({ requestId }) => requestId)).toEqual([first, soon, later, late]);
    const [most, ...others] = await client.inbox({ run, limit: 1 });
    expect(most?.requestId).toBe(first);
    expect(others).toEqual([]);
  });

  it('tells the votes that stand and what is still needed, without opening anything', async () => {
    const run = newRun();
    const id = await open(run, { rule: { quorum: 2 } });
    await client.decide(id, { by: 'ana', verdict: 'approve', reason: 'read it' });

    const row = await until('the vote shows', async () =>
      (await client.inbox({ run })).find((each) => each.votes.length > 0),
    );

    expect(row).toMatchObject({
      needs: { approvals: 1 },
      votes: [{ by: 'ana', verdict: 'approve', reason: 'read it' }],
    });
  });

  it('shows nothing any more of what was terminated, cancelled or decided', async () => {
    const run = newRun();
    const ids = await Promise.all([open(run), open(run), open(run), open(run, { timeoutSeconds: 1 })]);
    const [terminated, cancelled, decided] = ids.map((id) => mandate.client.workflow.getHandle(`approval/${id}`));
    await shows({ run }, ids.slice(0, 3));

    await terminated?.terminate('wiped out');
    await cancelled?.cancel();
    await decided?.signal('approve', 'ana');

    expect(await shows({ run }, [])).toEqual([]);
  });

  it('hides at once what its own client has decided', async () => {
    const run = newRun();
    const [both, one] = await Promise.all([open(run, { rule: { quorum: 2 } }), open(run)]);
    await shows({ run }, [both, one]);

    await client.decide(one, { by: 'ana', verdict: 'approve' });
    await client.decide(both, { by: 'ana', verdict: 'approve' });

    expect((await client.inbox({ run })).map(({ requestId }) => requestId)).toEqual([both]);
    expect(await client.inbox({ run, who: 'ana' })).toEqual([]);
    expect((await client.inbox({ run, who: 'ben' })).map(({ requestId }) => requestId)).toEqual([both]);
  });

  it('shows what another program has started, before any worker has begun it too', async () => {
    const run = newRun();
    await mandate.rest(['worker']);
    const id = await open(run);
    const row = await until('the row', async () => (await client.inbox()).find(({ requestId }) => requestId === id));
    await mandate.work(['worker']);

    const [begun] = await shows({ run }, [id]);

    expect(row).toMatchObject({ incomplete: true, title: '', status: 'pending', overdue: false });
    expect(begun).toMatchObject({ title: 'Send a note', requester: 'gus' });
  });

  it('shows who was asked next and until when, once a request has gone on to its next circle', async () => {
    const run = newRun();
    const id = await open(run, {
      timeoutSeconds: 1,
      onTimeout: 'escalate',
      escalation: [{ afterSeconds: 600, to: [{ id: 'zoe' }], restartsClock: true }],
    });

    await until('zoe is asked', async () => (await client.inbox({ run, who: 'zoe' })).length === 1);

    const [row] = await client.inbox({ run });
    const item = await client.request(id);
    expect(row).toMatchObject({ approvers: ['ana', 'ben', 'zoe'], deadline: item.deadline, createdAt: item.createdAt });
  });
});

describe('what waits for somebody', () => {
  it('is what this person is asked, may decide and has not decided', async () => {
    const run = newRun();
    const theirs = await open(run, { rule: { quorum: 2 } });
    const own = await open(run, { requester: 'ana', approvers: [{ id: 'ana' }, { id: 'ben' }] });
    const allowed = await open(run, { requester: 'ana', rule: { requesterMayDecide: true } });
    const acting = await open(run, { actingAgent: 'ana' });
    const others = await open(run, { approvers: [{ id: 'ben' }] });
    const cased = await open(run, { approvers: [{ id: 'Ana' }] });
    await mandate.client.workflow.getHandle(`approval/${theirs}`).signal('approve', 'ben');

    await shows({ run }, [theirs, own, allowed, acting, others, cased]);

    await shows({ run, who: 'ana' }, [theirs, allowed]);
    await shows({ run, who: 'ben' }, [own, allowed, acting, others]);
    await shows({ run, who: 'Ana' }, [cased]);
    expect(await shows({ run, who: 'mallory' }, [])).toEqual([]);
  });

  it.each([
    ["O'Brien"],
    ['the "boss"'],
    ['back\\slash'],
    ['" OR ExecutionStatus = "Running'],
    ["') OR ('1' = '1"],
    ['% _ * ?'],
    ['♡ana♡'],
    ['Zoë 利用者 🙂'],
    ['*'],
    ['group:legal'],
  ])('is found for a person named %s, and for nobody else', async (name) => {
    const run = newRun();
    const [theirs, others] = await Promise.all([open(run, { approvers: [{ id: name }] }), open(run)]);
    await shows({ run }, [theirs, others]);

    await shows({ run, who: name }, [theirs]);
    await shows({ run, who: 'ana' }, [others]);
    expect(await shows({ run, group: 'legal' }, [])).toEqual([]);
  });

  it('is found among 200 approvers, of whom a list can name but a few', async () => {
    const run = newRun();
    const approvers = Array.from({ length: 200 }, (_, index) => ({ id: `${'somebody-'.repeat(15)}${index}` }));
    const last = approvers[199]?.id ?? '';
    const id = await open(run, { approvers, rule: { quorum: 3 } });
    const other = await open(run);

    const rows = await shows({ run }, [id, other]);
    await shows({ run, who: last }, [id]);
    await client.decide(id, { by: last, verdict: 'approve' });

    const row = rows.find(({ requestId }) => requestId === id);
    expect(row?.leftOut?.approvers).toBe(200 - (row?.approvers.length ?? 0));
    expect(row?.leftOut?.approvers).toBeGreaterThan(0);
    const { typedSearchAttributes } = await mandate.client.workflow.getHandle(`approval/${id}`).describe();
    expect(typedSearchAttributes.get(MandateApprovers)?.at(-1)).toBe('*');
    await shows({ run, who: last }, [], createMandate(mandate.client));
  });
});

describe('a filter', () => {
  it('takes what asks a group, what is overdue, what has a priority, and what a run asks', async () => {
    const run = newRun();
    const grouped = await open(run, { approvers: [{ id: 'ana', groups: ['legal', 'owners'] }], priority: 'P0' });
    const overdue = await open(run, { timeoutSeconds: 1, onTimeout: 'suspend', priority: 'P3' });
    const plain = await open(run);

    await shows({ run }, [grouped, overdue, plain]);

    await shows({ run, group: 'legal' }, [grouped]);
    await shows({ run, group: 'nobody' }, []);
    await shows({ run, priority: 'P0' }, [grouped]);
    await shows({ run, priority: 'P3', overdue: true }, [overdue]);
    await shows({ run, overdue: true }, [overdue]);
    await shows({ run, who: 'ana', overdue: true }, [overdue]);
    expect(await shows({ run: `${run}-other` }, [])).toEqual([]);
  });

  it.each([['a "quoted" run'], ["it's \\ one"], ['Lauf №7 🙂']])('takes the run %s as it is written', async (name) => {
    const run = `${name} ${newRun()}`;
    const id = await open(run);

    expect(await shows({ run }, [id])).toMatchObject([{ runId: run }]);
  });

  it.each([
    [{ priority: 'P9' as 'P0' }, /priority: must be one of P0, P1, P2, P3, given "P9"/],
    [{ limit: 0 }, /limit: must be a whole number from 1, given 0/],
    [{ limit: Number.NaN }, /limit/],
  ])('is refused as %j', async (filters, message) => {
    await expect(client.inbox(filters)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });
});

it('costs a request that was asked through the client no events of its own', async () => {
  const { workflowId } = await client.ask(aRequest());
  const handle = mandate.client.workflow.getHandle(workflowId);
  await handle.query(inboxItemQuery);

  const events = await eventsOf(handle);

  expect(events).not.toContain('upsertWorkflowSearchAttributesEventAttributes');
  expect(events).not.toContain('workflowPropertiesModifiedEventAttributes');
});

it('lists 300 requests without opening one, so without a worker too', async () => {
  const run = newRun();
  const requests = Array.from({ length: 300 }, (_, index) => ({ ...aRequest({ run, title: `Number ${index}` }) }));
  for (let at = 0; at < requests.length; at += 30) {
    await Promise.all(requests.slice(at, at + 30).map((request) => client.ask(request)));
  }

  const rows = await until('all 300', async () => {
    const found = await client.inbox({ run, who: 'ana' });
    return found.length === 300 && found;
  });
  await mandate.rest(['worker']);
  const withoutWorker = await client.inbox({ run, who: 'ana' });
  await mandate.work(['worker']);

  expect(new Set(rows.map(({ title }) => title)).size).toBe(300);
  expect(withoutWorker).toHaveLength(300);
});
