import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import { approvalWorkflowId, runWorkflowId } from '../../src/contract/ids.ts';
import { runStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, requestOf as draftRequestOf, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { aGate, anAgentStage, aProposal, aRunRequest, DONE } from '../support/pipelines.ts';
import { until } from '../support/until.ts';

const SUSPENDED = { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout: 'suspend' as const };

/** The request that a run waits for, after another one. */
async function requestOf(mandate: Mandate, runId: string, before?: string): Promise<string> {
  return until('a request', async () =>
    (await createMandate(mandate.client).show(runId)).waitingForRequests.find((each) => each !== before),
  );
}

async function untilPaused(mandate: Mandate, runId: string): Promise<void> {
  const handle = mandate.client.workflow.getHandle(runWorkflowId(runId));
  await until('the run being paused', async () => (await handle.query(runStateQuery)).status === 'paused');
}

const pauses = async (mandate: Mandate, run: string): Promise<string[]> =>
  (await mandate.recorded(run)).filter((type) => type === 'run.paused' || type === 'run.resumed');

describe('a run whose request is suspended', () => {
  let mandate: Mandate;
  beforeAll(async () => {
    mandate = await startMandate();
  });
  afterAll(async () => mandate.stop());

  it('is not paused any more when the request of a gate is terminated', async () => {
    const client = createMandate(mandate.client);
    const { runId } = await client.start(aRunRequest([aGate(SUSPENDED)]));
    const requestId = await requestOf(mandate, runId);
    await untilPaused(mandate, runId);

    await mandate.client.workflow.getHandle(approvalWorkflowId(requestId)).terminate('an operator ended it');

    expect(await client.result(runId)).toMatchObject({ status: 'cancelled' });
    expect(await pauses(mandate, runId)).toEqual(['run.paused', 'run.resumed']);
  });

  it('goes on with its next stage when the request of a draft is terminated', async () => {
    const client = createMandate(mandate.client);
    const actions = [{ kind: 'ledger_done' as const, approval: SUSPENDED }];
    const agent = anAgentStage([aProposal(), 'answer', DONE], { actions });
    const { runId } = await client.start(aRunRequest([agent, aGate()], { items: ['one'] }));
    const requestId = await requestOf(mandate, runId);
    await untilPaused(mandate, runId);

    await mandate.client.workflow.getHandle(approvalWorkflowId(requestId)).terminate('an operator ended it');
    const next = await requestOf(mandate, runId, requestId);
    await client.decide(next, { by: 'ana', verdict: 'approve' });

    expect(await client.result(runId)).toMatchObject({ status: 'completed', effects: [{ status: 'cancelled' }] });
    expect(await pauses(mandate, runId)).toEqual(['run.paused', 'run.resumed']);
  });

  it('is not paused any more when the request of a draft is terminated that has expired meanwhile', async () => {
    const { runId } = await createMandate(mandate.client).start(aRunRequest([aGate()]));
    await requestOf(mandate, runId);
    const draft = await startDispatch(
      mandate.client,
      aDispatch('https://example.com/', { run: runId, ttlSeconds: 15, approval: SUSPENDED }),
    );
    const requestId = await draftRequestOf(draft);
    await untilPaused(mandate, runId);
    const { startTime } = await draft.describe();
    await mandate.rest(['worker']);
    await sleep(startTime.getTime() + 20_000 - Date.now());

    // Its worker cannot end it any more.
    await mandate.client.workflow.getHandle(approvalWorkflowId(requestId)).terminate('an operator ended it');
    await mandate.work(['worker']);

    expect(await draft.result()).toMatchObject({ status: 'expired' });
    const run = mandate.client.workflow.getHandle(runWorkflowId(runId));
    await until('the run going on', async () => (await run.query(runStateQuery)).status === 'running');
    await run.cancel();
  });
});

describe('a run that is told to pause slowly', () => {
  const bundle = path.join(os.tmpdir(), `mandate-slow-pause-${process.pid}.js`);
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  let mandate: Mandate;
  beforeAll(async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: file('../../src/workflows/index.ts'),
      payloadConverterPath: file('../../src/workflows/payload-converter.ts'),
      workflowInterceptorModules: [file('./children/slow-pause.ts')],
    });
    await writeFile(bundle, code);
    mandate = await startMandate({ bundle });
  });
  afterAll(async () => {
    await mandate.stop();
    await rm(bundle);
  });

  it('goes on when the decision comes meanwhile', async () => {
    const client = createMandate(mandate.client);
    const { runId } = await client.start(aRunRequest([aGate(SUSPENDED), { ...aGate(), name: 'then' }]));
    const requestId = await requestOf(mandate, runId);
    await until('the run is being told', async () => {
      const { events } = await mandate.client.workflow.getHandle(approvalWorkflowId(requestId)).fetchHistory();
      return events?.some(({ timerStartedEventAttributes: timer }) => Number(timer?.startToFireTimeout?.seconds) === 5);
    });

    expect(await client.decide(requestId, { by: 'ana', verdict: 'approve' })).toMatchObject({ outcome: 'accepted' });
    const next = await requestOf(mandate, runId, requestId);
    await client.decide(next, { by: 'ana', verdict: 'approve' });

    expect(await client.result(runId)).toMatchObject({ status: 'completed' });
    expect(await pauses(mandate, runId)).toEqual(['run.paused', 'run.resumed']);
  });
});
