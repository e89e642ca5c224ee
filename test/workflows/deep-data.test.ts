import { RawValue } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import { agentWorkflowId, runWorkflowId } from '../../src/contract/ids.ts';
import { newId } from '../../src/new-id.ts';
import { aRequest, ask, eventsOf } from '../support/ask.ts';
import { aDispatch, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { aGate, anAgentStage, aRunRequest } from '../support/pipelines.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate();
});
afterAll(async () => mandate.stop());

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function recorded(run: string, type: string): Promise<Record<string, unknown>[]> {
  const entries = await mandate.store.ledger.entries({ run });
  return entries.filter((entry) => entry.type === type).map(({ body }) => body);
}

async function expectNoFailedTask(handle: WorkflowHandle): Promise<void> {
  expect(await eventsOf(handle)).not.toContain('workflowTaskFailedEventAttributes');
}

// The first is deeper than a stack goes; the second fills what a decision may have.
describe.each([60_000, 120_000])('what is nested %i deep', (depth) => {
  /** The same value with lists in lists where it says "DEEP": no converter would make a payload of it. */
  function deep(value: unknown): RawValue {
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    const data = utf8(JSON.stringify(value).replace('"DEEP"', nested));
    return RawValue.fromPayload({ metadata: { encoding: utf8('json/plain') }, data });
  }

  const DECISION = { by: 'ana', edits: { a: 'DEEP' } };

  it.each([
    ['approve', DECISION, /nested too deeply/],
    ['reject', { by: 'DEEP', reason: 'no' }, /nested too deeply/],
    ['approve', 'DEEP', /nested too deeply/],
    ['supersede', { by: 'gus', requestId: 'DEEP' }, /supersede takes/],
  ])('is refused as a signal %s, and the next decision counts', async (signal, payload, message) => {
    const handle = await ask(mandate.client, { editable: ['a'] });

    await handle.signal(signal, deep(payload));
    await handle.signal('approve', 'ben');

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }] });
    expect(await recorded(handle.workflowId, 'approval.refused')).toMatchObject([
      { outcome: 'Invalid', message: expect.stringMatching(message) },
    ]);
    await expectNoFailedTask(handle);
  });

  it('is refused as an update, and the next one counts', async () => {
    const handle = await ask(mandate.client, { editable: ['a'] });
    const decide = (decision: unknown): Promise<unknown> => handle.executeUpdate('decide', { args: [decision] });

    await expect(decide(deep({ ...DECISION, verdict: 'approve' }))).rejects.toMatchObject({
      cause: { type: 'Invalid', message: expect.stringMatching(/nested too deeply/) },
    });
    expect(await decide({ by: 'ben', verdict: 'approve' })).toMatchObject({ outcome: 'accepted' });
    await expectNoFailedTask(handle);
  });

  it('neither pauses, resumes nor revokes a run', async () => {
    const client = createMandate(mandate.client);
    const { runId } = await client.start(aRunRequest([aGate()]));
    const handle = mandate.client.workflow.getHandle(runWorkflowId(runId));

    for (const signal of ['pause', 'resume', 'revoke']) {
      await handle.signal(signal, deep({ by: 'ops', reason: 'DEEP' }));
    }
    const requestId = await until('a request', async () => (await client.show(runId)).waitingForRequests[0]);
    await client.decide(requestId, { by: 'ana', verdict: 'approve' });

    expect(await client.result(runId)).toMatchObject({ status: 'completed' });
    expect((await recorded(runId, 'message.refused')).map(({ message }) => message)).toEqual([
      'pause',
      'resume',
      'revoke',
    ]);
    await expectNoFailedTask(handle);
  });

  it('settles no draft', async () => {
    const handle = await startDispatch(mandate.client, aDispatch('https://example.com/hook'));
    const reconcile = (payload: unknown): Promise<unknown> => handle.executeUpdate('reconcile', { args: [payload] });

    const refused = await reconcile(deep({ by: 'olga', outcome: 'did_not_happen', reason: 'DEEP' }));
    const next = await reconcile({ by: 'olga', outcome: 'did_not_happen' });

    expect([refused, next]).toMatchObject([{ outcome: 'Invalid' }, { outcome: 'NotUnknown' }]);
    await handle.cancel();
    await expectNoFailedTask(handle);
  });

  it('is no proposal of an agent, nor a revocation', async () => {
    const { runId } = await createMandate(mandate.client).start(aRunRequest([anAgentStage(['wait'])]));
    const handle = mandate.client.workflow.getHandle(agentWorkflowId(runId, 'work'));
    await until('the agent', async () => (await recorded(runId, 'phase.entered')).length > 0);
    const action = { kind: 'ledger_done', target: { item: 'one' }, payload: { a: 'DEEP' } };

    await handle.signal('revoke', deep({ by: 'ops', reason: 'DEEP' }));
    const answer = await handle.executeUpdate('propose', {
      args: [deep({ proposalId: 'p1', draftId: newId(), action })],
    });

    expect(answer).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/payload/) });
    await until('the refusal', async () => (await recorded(runId, 'message.refused')).length === 1);
    await mandate.client.workflow.getHandle(runWorkflowId(runId)).cancel();
    await expectNoFailedTask(handle);
  });

  const action = { kind: 'note', target: {}, payload: { a: 'DEEP' } };
  it.each([
    ['approval', 'approval', aRequest({ action })],
    ['approval', 'approval', aRequest({ title: 'DEEP' })],
    ['approval', 'approval', 'DEEP'],
    ['dispatch', 'dispatch', { ...aDispatch('https://example.com/hook'), action: { ...action, kind: 'webhook' } }],
    ['agentRun', 'agent', { stage: 'DEEP' }],
    ['governedRun', 'run', { ...aRunRequest([aGate()]), inputs: { a: 'DEEP' } }],
    ['governedRun', 'run', { pipeline: 'DEEP', requester: 'gus' }],
    ['grant', 'grant', 'DEEP'],
    ['reconciliation', 'dispatch', { id: 'DEEP' }],
    ['notification', 'notification', { message: 'DEEP' }],
    ['reply', 'reply', { evidence: 'DEEP' }],
  ])('is no input of %s', async (type, prefix, input) => {
    const handle = await mandate.client.workflow.start(type, {
      taskQueue: 'mandate',
      workflowId: `${prefix}/${newId()}`,
      args: [deep(input)],
    });

    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
    await expectNoFailedTask(handle);
  });
});
