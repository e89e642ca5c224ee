import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { GrantOutcome, GrantRequest, StartedGrant } from '../../src/client.ts';
import { takeBackGrant } from '../../src/grants.ts';
import { inboxItemQuery } from '../../src/workflows/messages.ts';
import { aDispatch, startDispatch } from '../support/dispatches.ts';
import { newId } from '../../src/new-id.ts';
import { aMandate, grantIn, withdraw } from '../support/mandates.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

function aGrant(overrides: Partial<GrantRequest> = {}): GrantRequest {
  const scope = { agents: ['packer'], targets: [{ url: `${receiver.url}/**` }] };
  return { mandate: aMandate({}, scope), requester: 'gus', approval: { approvers: [{ id: 'ana' }] }, ...overrides };
}

const ask = (request: GrantRequest, on = mandate): Promise<StartedGrant> => createMandate(on.client).grant(request);

function requestOf(started: StartedGrant): Promise<string> {
  return until('a request', async () => (await started.state()).requestId);
}

async function decide(started: StartedGrant, verdict: 'approve' | 'reject', by = 'ana', on = mandate): Promise<void> {
  const approval = on.client.workflow.getHandle(`approval/${await requestOf(started)}`);
  await approval.signal(verdict, { by, reason: 'so be it' });
}

async function notThere({ mandateId }: GrantOutcome): Promise<void> {
  expect(await mandate.store.mandates.get(mandateId)).toBeUndefined();
}

describe('a standing approval', () => {
  it('holds once people have granted it, whole before their eyes, and lets through what it covers', async () => {
    const request = aGrant();
    const { id, ...terms } = request.mandate;
    const started = await ask(request);
    const shown = await mandate.client.workflow.getHandle(`approval/${await requestOf(started)}`).query(inboxItemQuery);
    expect(await mandate.store.mandates.get(id)).toBeUndefined();

    await decide(started, 'approve');
    const outcome = await started.result();

    expect(shown).toMatchObject({
      kind: 'mandate_grant',
      title: expect.stringMatching(/^Standing approval: webhook to url=http.* by packer$/),
      action: { target: { mandate: id }, payload: terms },
      digest: outcome.digest,
      irreversible: true,
    });
    expect(outcome).toMatchObject({ mandateId: id, status: 'granted', requestId: id, grantedBy: ['ana'] });
    expect(await mandate.store.mandates.get(id)).toMatchObject({
      ...terms,
      grantedBy: ['ana'],
      requestId: id,
      uses: 0,
    });
    expect((await mandate.recorded(`mandate/${id}`)).filter((type) => type.startsWith('mandate.'))).toEqual([
      'mandate.granted',
    ]);
    const draft = await startDispatch(mandate.client, aDispatch(`${receiver.url}/ok`, { agent: 'packer' }));
    expect(await draft.result()).toMatchObject({ status: 'completed', mandate: id });
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
    await withdraw(mandate.store, id);
  });

  it('is recorded with all who granted it', async () => {
    const approval = { approvers: [{ id: 'ana' }, { id: 'ben, the elder' }], rule: { quorum: 2 } };
    const started = await ask(aGrant({ approval }));

    await decide(started, 'approve', 'ben, the elder');
    await decide(started, 'approve', 'ana');

    expect(await started.result()).toMatchObject({ status: 'granted', grantedBy: ['ben, the elder', 'ana'] });
    await withdraw(mandate.store, started.mandateId);
  });

  it('is not granted by a no', async () => {
    const started = await ask(aGrant());

    await decide(started, 'reject');

    const outcome = await started.result();
    expect(outcome).toMatchObject({ status: 'rejected', error: 'Rejected by ana: so be it' });
    await notThere(outcome);
  });

  it('is not granted by whoever wants it', async () => {
    const approval = { approvers: [{ id: 'ana' }, { id: 'gus' }] };
    const started = await ask(aGrant({ approval }));
    await decide(started, 'approve', 'gus');
    await until('the refusal', async () =>
      (await mandate.recorded(`mandate/${started.mandateId}`)).includes('approval.refused'),
    );

    await decide(started, 'reject');

    expect(await started.result()).toMatchObject({ status: 'rejected' });
  });

  it('is not granted by silence', async () => {
    const approval = { approvers: [{ id: 'ana' }], timeoutSeconds: 1 };

    const outcome = await (await ask(aGrant({ approval }))).result();

    expect(outcome).toMatchObject({ status: 'expired', error: expect.any(String) });
    await notThere(outcome);
  });

  it('is not granted by its agents, wherever they are asked from', async () => {
    const by = { by: 'root', time: new Date().toISOString() };
    await mandate.store.principals.add({ id: 'packer', kind: 'person', groups: ['packers'], email: null }, by);
    const approval = { approvers: [{ id: 'ana' }], escalation: [{ afterSeconds: 1, to: [{ group: 'packers' }] }] };
    const started = await ask(aGrant({ approval }));
    const request = mandate.client.workflow.getHandle(`approval/${await requestOf(started)}`);
    await until('the agent being asked', async () => (await request.query(inboxItemQuery)).level === 1);

    const item = await request.query(inboxItemQuery);
    await decide(started, 'approve', 'packer');
    const [refused] = await until('the refusal', async () => {
      const found = await mandate.store.ledger.entries({
        run: `mandate/${started.mandateId}`,
        type: 'approval.refused',
      });
      return found.length > 0 && found;
    });
    await decide(started, 'reject');

    expect(item).toMatchObject({ approvers: ['ana', 'packer'], barred: ['packer'] });
    expect(refused?.body).toMatchObject({ by: 'packer', outcome: 'SelfApproval' });
    expect(await started.result()).toMatchObject({ status: 'rejected' });
    await notThere(await started.result());
  });

  it('names those as having granted it who did so in its own request, whatever else stands in its run', async () => {
    const started = await ask(aGrant());
    const requestId = await requestOf(started);
    // As a vote of an execution that was thrown away by a reset would stand there.
    await mandate.store.ledger.append([
      {
        entryId: `${requestId}/before`,
        run: `mandate/${started.mandateId}`,
        agent: null,
        type: 'approval.decision',
        time: new Date().toISOString(),
        body: { requestId, verdict: 'approve', by: 'mallory' },
      },
    ]);

    await decide(started, 'approve');

    expect(await started.result()).toMatchObject({ status: 'granted', grantedBy: ['ana'] });
    expect(await mandate.store.mandates.get(started.mandateId)).toMatchObject({ grantedBy: ['ana'] });
    const [entry] = await mandate.store.ledger.entries({
      run: `mandate/${started.mandateId}`,
      type: 'mandate.granted',
    });
    expect(entry?.body).toMatchObject({ grantedBy: ['ana'] });
    await withdraw(mandate.store, started.mandateId);
  });

  it('is not granted once its own time is over', async () => {
    // Long enough for it to be asked for in time.
    const request = aGrant({ mandate: aMandate({ expiresAt: new Date(Date.now() + 20_000).toISOString() }) });
    const started = await ask(request);

    const outcome = await started.result();

    expect(outcome).toMatchObject({ status: 'expired' });
    await notThere(outcome);
  });

  it('is not granted when it was cancelled', async () => {
    const started = await ask(aGrant());
    await requestOf(started);

    await mandate.client.workflow.getHandle(started.workflowId).cancel();

    const outcome = await started.result();
    expect(outcome).toMatchObject({ status: 'cancelled' });
    await notThere(outcome);
  });

  it('does not come through another one, however wide that is', async () => {
    const scope = { kinds: ['*' as const], targets: [{ mandate: '**' }], agents: ['gus', 'packer'] };
    const { id } = await grantIn(mandate.store, aMandate({}, scope));
    const started = await ask(aGrant());

    await requestOf(started);
    const dispatched = aDispatch('', {
      agent: 'packer',
      action: { kind: 'mandate_grant', target: { mandate: id }, payload: {} },
    });
    const outcome = await (await startDispatch(mandate.client, dispatched)).result();

    expect(outcome).toMatchObject({ status: 'rejected', error: expect.stringMatching(/Unknown kind/) });
    await decide(started, 'reject');
    expect(await started.result()).toMatchObject({ status: 'rejected' });
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 0 });
  });
});

describe('a grant', () => {
  it.each([
    ['that is over', { expiresAt: '2026-01-01T00:00:00.000Z' }, /mandate\.expiresAt: must lie in the future/],
    ['for longer than a year', { expiresAt: '2999-01-01T00:00:00.000Z' }, /at most 366 days/],
    ['without an end', { expiresAt: undefined }, /mandate\.expiresAt: is missing/],
    ['of no uses', { maxUses: 0 }, /mandate\.maxUses/],
    ['with an id that can be guessed', { id: 'mandate-1' }, /mandate\.id/],
  ])('%s is refused before anybody is asked', async (_what, overrides, why) => {
    const request = aGrant();
    const wrong = { ...request, mandate: { ...request.mandate, ...overrides } } as GrantRequest;
    const workflowId = `grant/${wrong.mandate.id}`;

    await expect(ask(wrong)).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringMatching(why) });

    const raw = await mandate.client.workflow.start('grant', { taskQueue: 'mandate', workflowId, args: [wrong] });
    await expect(raw.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
  });

  it.each([
    ['approvers', { approvers: [{ id: 'ana' }, { id: 'packer' }] }],
    [
      'escalation[0].to',
      { approvers: [{ id: 'ana' }], escalation: [{ afterSeconds: 1, to: [{ id: 'ben' }, { id: 'packer' }] }] },
    ],
  ])('is not for an agent to decide that it lets act, in %s', async (field, approval) => {
    await expect(ask(aGrant({ approval }))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `approval.${field}: must name none of the mandate's own agents, given "packer"`,
    });
  });

  it.each([
    [
      'for more people than are asked',
      { approvers: [{ id: 'ana' }], rule: { quorum: 2 } },
      /^approval\.rule\.quorum: given 2, which those who may decide \("ana"\) cannot fill/,
    ],
    [
      'by whom alone it is asked for',
      { approvers: [{ id: 'gus' }] },
      /^approval\.rule\.quorum: .* \(nobody\) .*; "gus" asks for it, so does not decide$/,
    ],
    [
      'by silence',
      { approvers: [{ id: 'ana' }], onTimeout: 'approve' as const },
      /^approval\.onTimeout: given approve/,
    ],
    [
      'with no level to escalate to',
      { approvers: [{ id: 'ana' }], onTimeout: 'escalate' as const },
      /^approval\.escalation: must have a level/,
    ],
  ])('%s is refused before anything is started', async (_what, approval, why) => {
    const request = aGrant({ approval });
    const { id } = request.mandate;

    await expect(ask(request)).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringMatching(why) });

    await expect(mandate.client.workflow.getHandle(`grant/${id}`).describe()).rejects.toThrow(/not found/i);
    // Nor when it is started in another way.
    const raw = { taskQueue: 'mandate', workflowId: `grant/${id}`, args: [request] };
    const started = await mandate.client.workflow.start('grant', raw);
    expect(await started.result()).toMatchObject({ status: 'refused' });
  });

  it('may count on a group, whose people are found when it is made', async () => {
    const approval = { approvers: [{ group: 'nobody-is-in-it' }], rule: { quorum: 2 } };

    const outcome = await (await ask(aGrant({ approval }))).result();

    expect(outcome).toMatchObject({ status: 'refused', error: expect.stringMatching(/nobody is in the group/) });
  });

  it('is taken back while it waits, also where no worker is up to say so, and stays as it has ended', async () => {
    const started = await ask(aGrant());
    await requestOf(started);
    const takeBack = (withinMs?: number) => takeBackGrant(mandate.client, started.mandateId, withinMs);
    await mandate.rest(['worker']);

    const asked = await takeBack(100);
    await mandate.work(['worker']);

    expect(asked).toBe('pending');
    expect(await started.result()).toMatchObject({ status: 'cancelled' });
    expect(await takeBack()).toBe('taken_back');
    expect(await takeBackGrant(mandate.client, 'nobody-has-asked-for-this')).toBeUndefined();
  });

  it('is taken back before any worker has begun it', async () => {
    await mandate.rest(['worker']);
    const started = await ask(aGrant());
    const taken = takeBackGrant(mandate.client, started.mandateId, 120_000);
    await until('the cancellation', async () => {
      const { events } = await mandate.client.workflow.getHandle(started.workflowId).fetchHistory();
      return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
    });
    await mandate.work(['worker']);

    expect(await taken).toBe('taken_back');
    expect(await started.result()).toMatchObject({ status: 'cancelled' });
  });

  it('that people have decided, or that was refused, is not taken back', async () => {
    const rejected = await ask(aGrant());
    await decide(rejected, 'reject');
    await rejected.result();
    const granted = await ask(aGrant());
    await decide(granted, 'approve');
    await granted.result();
    const superseded = await ask(aGrant());
    const by = { by: 'olga', requestId: 'another' };
    await mandate.client.workflow.getHandle(`approval/${await requestOf(superseded)}`).signal('supersede', by);
    await superseded.result();
    const refused = newId();
    const options = { taskQueue: 'mandate', workflowId: `grant/${refused}`, args: [{}] };
    await mandate.client.workflow.start('grant', options);

    const takeBack = (mandateId: string) => takeBackGrant(mandate.client, mandateId, 120_000);
    expect(await takeBack(rejected.mandateId)).toBe('rejected');
    expect(await takeBack(granted.mandateId)).toBe('granted');
    expect(await takeBack(superseded.mandateId)).toBe('cancelled');
    expect(await takeBack(refused)).toBe('refused');
  });

  it('has the id of its mandate', async () => {
    const raw = await mandate.client.workflow.start('grant', {
      taskQueue: 'mandate',
      workflowId: 'grant/another',
      args: [aGrant()],
    });

    await expect(raw.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
  });

  it('is asked for once, and an id is not for two mandates', async () => {
    const request = aGrant();
    const started = await ask(request);
    const again = await ask(request);
    const other = await ask({ ...request, mandate: { ...request.mandate, maxUses: 11 } });

    expect(again.workflowId).toBe(started.workflowId);
    await decide(started, 'reject');
    expect(await again.result()).toMatchObject({ status: 'rejected' });
    await expect(other.result()).rejects.toMatchObject({ type: 'InvalidInput' });
  });

  it('that is reset does not bring back what was withdrawn', async () => {
    const started = await ask(aGrant());
    await decide(started, 'approve');
    await started.result();
    await withdraw(mandate.store, started.mandateId);
    const handle = mandate.client.workflow.getHandle(started.workflowId);
    const { runId } = await handle.describe();
    const [begun = 0] = await resetPoints(handle);

    const again = await reset(mandate, handle, runId, begun);
    const requestId = await until('people being asked anew', async () => {
      const state = await again.query<GrantOutcome>('state');
      return state.requestId !== undefined && state.requestId !== started.mandateId && state.requestId;
    });
    await mandate.client.workflow.getHandle(`approval/${requestId}`).signal('approve', 'ana');

    expect(await again.result()).toMatchObject({
      status: 'refused',
      error: expect.stringMatching(/withdrawn by olga at .*ask for another/) as string,
    });
    expect(await mandate.store.mandates.get(started.mandateId)).toMatchObject({ withdrawnBy: 'olga' });
  });
});

it('who is asked is for the configuration to say, where it does', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mandate-config-'));
  const file = path.join(folder, 'mandate.yaml');
  await writeFile(
    file,
    'approvals:\n  mandates:\n    approvers: [{ id: olga }, { id: cleo }]\n    rule: { quorum: 2 }\n',
  );
  const configured = await startMandate({ namespace: 'poor', env: { ...receiver.env, MANDATE_CONFIG: file } });
  try {
    const wanted = {
      title: 'Lunch',
      approvers: [{ id: 'ana' }],
      rule: { requesterMayDecide: true },
      onTimeout: 'escalate' as const,
      escalation: [{ afterSeconds: 1, to: [{ id: 'ana' }, { id: 'ben' }] }],
    };
    const started = await ask(aGrant({ approval: wanted }), configured);
    const item = await configured.client.workflow
      .getHandle(`approval/${await requestOf(started)}`)
      .query(inboxItemQuery);

    expect(item).toMatchObject({
      title: expect.stringMatching(/^Standing approval: /),
      approvers: ['olga', 'cleo'],
      needs: { approvals: 2 },
      onTimeout: 'reject',
    });
    for (const by of ['ana', 'ben', 'olga', 'cleo']) await decide(started, 'approve', by, configured);
    expect(await started.result()).toMatchObject({ status: 'granted', grantedBy: ['olga', 'cleo'] });
  } finally {
    await configured.stop();
    await rm(folder, { recursive: true });
  }
});
