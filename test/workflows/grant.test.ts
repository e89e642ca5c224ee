import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { GrantOutcome, GrantRequest, StartedGrant } from '../../src/client.ts';
import { inboxItemQuery } from '../../src/workflows/messages.ts';
import { aDispatch, startDispatch } from '../support/dispatches.ts';
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

  it.each([
    ['reject', 'expired'],
    ['approve', 'refused'],
  ] as const)('is not granted by silence, with onTimeout %s: it is %s', async (onTimeout, status) => {
    const approval = { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout };

    const outcome = await (await ask(aGrant({ approval }))).result();

    expect(outcome).toMatchObject({ status, error: expect.any(String) });
    await notThere(outcome);
  });

  it('is not granted once its own time is over', async () => {
    const request = aGrant({ mandate: aMandate({ expiresAt: new Date(Date.now() + 2_000).toISOString() }) });
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

  it('is not for an agent to decide that it lets act', async () => {
    const approval = { approvers: [{ id: 'ana' }, { id: 'packer' }] };

    await expect(ask(aGrant({ approval }))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/approvers: must name none of the mandate's own agents, given "packer"/),
    });
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
    const started = await ask(aGrant(), configured);
    const item = await configured.client.workflow
      .getHandle(`approval/${await requestOf(started)}`)
      .query(inboxItemQuery);

    expect(item.approvers).toEqual(['olga', 'cleo']);
    for (const by of ['ana', 'olga', 'cleo']) await decide(started, 'approve', by, configured);
    expect(await started.result()).toMatchObject({ status: 'granted', grantedBy: ['olga', 'cleo'] });
  } finally {
    await configured.stop();
    await rm(folder, { recursive: true });
  }
});
