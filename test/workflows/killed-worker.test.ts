import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../src/activities/artifact-store.ts';
import { directoryRegistry } from '../../src/activities/kinds/directory-registry.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import {
  aDispatch,
  approve,
  becomes,
  dispatchApproved,
  reconcile,
  requestOf,
  startDispatch,
} from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { startChildWorker } from '../support/start-child-worker.ts';
import type { ChildWorker } from '../support/start-child-worker.ts';
import { until } from '../support/until.ts';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => receiver.close());

/** However long it may take, the server misses its executor within half a minute: by the heartbeats. */
const draftTo = (what: string, overrides: Partial<DispatchRequest> = {}): DispatchRequest =>
  aDispatch(`${receiver.url}${what}`, overrides);

/** A Mandate whose executor is another process, to be killed; afterwards the ledger must verify. */
async function withVictim(
  namespace: string,
  holdAt: Parameters<typeof startChildWorker>[1]['holdAt'],
  test: (mandate: Mandate, victim: ChildWorker) => Promise<void>,
): Promise<void> {
  const mandate = await startMandate({ namespace, env: receiver.env, roles: ['worker'] });
  const victim = await startChildWorker(mandate, { roles: ['executor'], holdAt });
  try {
    await test(mandate, victim);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  } finally {
    await victim.kill();
    await mandate.stop();
  }
}

/** A draft that publishes a file that a check of its run has validated. */
async function aPublication({ store, config }: Mandate): Promise<DispatchRequest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mandate-notes-'));
  const file = path.join(folder, 'notes.txt');
  await writeFile(file, 'These bytes were checked.\n');
  const { digest, size } = await createArtifactStore(path.join(config.dataFolder, 'artifacts')).keep(file);
  await rm(folder, { recursive: true });
  const request = draftTo('', {
    action: {
      kind: 'deploy_publish_prevalidated_artifact',
      target: { registry: 'directory:notes', name: 'notes', version: '1.0.0' },
      payload: { artifact: 'notes.txt', digest },
    },
  });
  const time = new Date().toISOString();
  const { checksum } = await store.outputs.put({
    run: request.run,
    stage: 'write',
    agent: 'agent-1',
    phase: 'EXECUTE',
    class: 'beta',
    name: 'notes.txt',
    content: { digest, size },
    artifactDigest: digest,
    time,
  });
  await store.outputs.markValidated({ run: request.run, stage: 'write', checksums: [checksum], by: 'read', time });
  return request;
}

describe.concurrent('an executor that is killed', { timeout: 300_000 }, () => {
  it('before its claim has begun nothing: the draft is carried out by the next one, once', () =>
    withVictim('kill-1', 'before the claim', async (mandate, victim) => {
      const request = draftTo('/ok');
      const handle = await dispatchApproved(mandate.client, request);
      await victim.held();

      await victim.kill();
      await mandate.work(['executor']);
      const outcome = await handle.result();

      expect(outcome).toMatchObject({ status: 'completed', result: 'executed' });
      expect(receiver.count(request.draftId)).toBe(1);
      expect((await mandate.recorded(request.run)).slice(-2)).toEqual(['effect.claimed', 'effect.settled']);
    }));

  it('between its claim and its effect leaves an unknown outcome, which a person settles', () =>
    withVictim('kill-2', 'after the claim', async (mandate, victim) => {
      const request = draftTo('/ok');
      const handle = await dispatchApproved(mandate.client, request);
      await victim.held();

      await victim.kill();
      await mandate.work(['executor']);
      await becomes(handle, 'needs_reconciliation');
      const answer = await reconcile(handle, 'did_not_happen', { reason: 'the receiver knows nothing of it' });

      expect(answer).toEqual({ outcome: 'accepted', status: 'completed_with_error' });
      expect(await handle.result()).toMatchObject({ status: 'completed_with_error' });
      expect(receiver.count(request.draftId)).toBe(0);
    }));

  it('during its effect leaves an unknown outcome, and nobody tries again', () =>
    withVictim('kill-3', undefined, async (mandate, victim) => {
      const request = draftTo('/hold');
      const handle = await dispatchApproved(mandate.client, request);
      await until('the delivery', () => receiver.count(request.draftId) === 1);

      await victim.kill();
      await mandate.work(['executor']);
      await becomes(handle, 'needs_reconciliation');
      await reconcile(handle, 'happened', { url: receiver.url });

      expect(await handle.result()).toMatchObject({ status: 'completed', receipt: { settledBy: 'olga' } });
      expect(receiver.count(request.draftId)).toBe(1);
    }));

  it('during a long effect is missed within the minute, though no other executor takes its place', () =>
    withVictim('kill-8', undefined, async (mandate, victim) => {
      const request = draftTo('/hold', { timeoutSeconds: 3_600 });
      const handle = await dispatchApproved(mandate.client, request);
      await until('the delivery', () => receiver.count(request.draftId) === 1);

      await victim.kill();
      const outcome = await becomes(handle, 'needs_reconciliation');
      // Nobody looks, so a person settles it.
      const answer = await reconcile(handle, 'happened', { url: receiver.url });

      expect(outcome).toMatchObject({ result: 'unknown', error: expect.stringMatching(/did not report back/) });
      expect(answer).toEqual({ outcome: 'accepted', status: 'completed' });
      expect(await handle.result()).toMatchObject({ status: 'completed' });
    }));

  it('after its effect and before its record leaves an unknown outcome where there is no witness', () =>
    withVictim('kill-4', 'before the settlement', async (mandate, victim) => {
      const request = draftTo('/ok');
      const handle = await dispatchApproved(mandate.client, request);
      await victim.held();

      await victim.kill();
      await mandate.work(['executor']);
      await becomes(handle, 'needs_reconciliation');
      await reconcile(handle, 'happened');

      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(receiver.count(request.draftId)).toBe(1);
      const effects = (await mandate.recorded(request.run)).filter((type) => type.startsWith('effect.'));
      expect(effects.slice(-2)).toEqual(['effect.unknown', 'effect.reconciled']);
    }));

  it('after its effect and before its record is found out by the witness where there is one', () =>
    withVictim('kill-5', 'before the settlement', async (mandate, victim) => {
      const request = await aPublication(mandate);
      const handle = await dispatchApproved(mandate.client, request);
      await victim.held();

      await victim.kill();
      await mandate.work(['executor']);
      const outcome = await handle.result();

      expect(outcome).toMatchObject({ status: 'completed', receipt: { name: 'notes', version: '1.0.0' } });
      const published = path.join(mandate.config.registriesFolder, 'notes', 'notes', '1.0.0', 'notes.txt');
      expect(await readFile(published, 'utf8')).toBe('These bytes were checked.\n');
      // Operators are told where the witness was slow, and that is recorded at any time.
      const effects = (await mandate.store.ledger.entries({ run: request.run })).filter(({ type }) =>
        type.startsWith('effect.'),
      );
      expect(effects.at(-1)).toMatchObject({
        type: 'effect.reconciled',
        body: { by: 'witness', status: 'completed' },
      });
    }));

  it('is outlived by its effect: the witness finds one that shows up late', () =>
    withVictim('kill-6', 'after the claim', async (mandate, victim) => {
      const request = await aPublication(mandate);
      const handle = await dispatchApproved(mandate.client, request);
      await victim.held();

      await victim.kill();
      await mandate.work(['executor']);
      await becomes(handle, 'needs_reconciliation');
      const { digest } = request.action.payload as { digest: string };
      await directoryRegistry(mandate.config.registriesFolder, 'directory:notes').publish({
        name: 'notes',
        version: '1.0.0',
        digest,
        file: 'notes.txt',
        bytes: new TextEncoder().encode('These bytes were checked.\n'),
        draftId: request.draftId,
      });

      expect(await handle.result()).toMatchObject({ status: 'completed', receipt: { digest } });
      const effects = (await mandate.recorded(request.run)).filter((type) => type.startsWith('effect.'));
      expect(effects.slice(-2)).toEqual(['effect.unknown', 'effect.reconciled']);
    }));
});

describe.concurrent('a whole process that is killed', { timeout: 300_000 }, () => {
  it('while a person is asked loses nothing, not even the answer that came meanwhile', async () => {
    const mandate = await startMandate({ namespace: 'kill-7', env: receiver.env, roles: [] });
    const victim = await startChildWorker(mandate, { roles: ['worker', 'executor', 'agents'] });
    try {
      const request = draftTo('/ok', { approval: { approvers: [{ id: 'ana' }, { id: 'ben' }], rule: { quorum: 2 } } });
      const handle = await startDispatch(mandate.client, request);
      await requestOf(handle);
      await approve(mandate.client, handle, 'ana');
      await until('the first vote', async () => (await mandate.recorded(request.run)).includes('approval.decision'));

      await victim.kill();
      await mandate.client.workflow.getHandle(`approval/${request.draftId}`).signal('approve', 'ben');
      await mandate.work();

      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(receiver.count(request.draftId)).toBe(1);
      const decisions = (await mandate.store.ledger.entries({ run: request.run }))
        .filter(({ type }) => type === 'approval.decision')
        .map(({ body }) => body['by']);
      expect(decisions).toEqual(['ana', 'ben']);
      expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
    } finally {
      await victim.kill();
      await mandate.stop();
    }
  });
});
