import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import Sqlite from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../src/activities/artifact-store.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { SignedDraft } from '../../src/contract/draft.ts';
import type { CarryOutInput, CarryOutResult } from '../../src/contract/effect.ts';
import { aDispatch, becomes, reconcile, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';

const FORGERY = 'forgery';

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

const direct = (path = '/ok'): DispatchRequest => aDispatch(`${receiver.url}${path}`, { approval: 'none' });

/** Changes a row past the store. */
function change(statement: string, ...values: string[]): void {
  const database = new Sqlite(join(mandate.folder, 'mandate.db'), { timeout: 5_000 });
  try {
    expect(database.prepare(statement).run(...values).changes).toBe(1);
  } finally {
    database.close();
  }
}

describe('a signed draft that was changed on its way to the executor', () => {
  let signed: SignedDraft;
  let forge: (input: CarryOutInput) => Promise<CarryOutResult>;
  let stopForging: () => Promise<void>;
  beforeAll(async () => {
    const request = direct();
    await (await startDispatch(mandate.client, request)).result();
    signed = (await mandate.store.claims.get(request.draftId))?.signed as SignedDraft;

    const { code } = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../fixtures/forging-workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const connection = await NativeConnection.connect({ address: mandate.address });
    const { namespace } = mandate;
    const worker = await Worker.create({ connection, namespace, taskQueue: FORGERY, workflowBundle: { code } });
    const running = worker.run();
    forge = (input) =>
      mandate.client.workflow.execute('forge', {
        taskQueue: FORGERY,
        workflowId: `forge/${randomBytes(6).toString('hex')}`,
        args: [input],
      });
    stopForging = async () => {
      worker.shutdown();
      await running;
      await connection.close();
    };
  });
  afterAll(async () => stopForging());

  it.each<[string, (draft: SignedDraft['draft']) => object]>([
    ['its id, to be carried out again', () => ({ id: randomBytes(18).toString('base64url') })],
    ['its target', ({ target }) => ({ target: { ...target, url: `${receiver.url}/elsewhere` } })],
    ['its payload, deep within', () => ({ payload: { body: { text: 'Ship it on Tuesday.' } } })],
    ['its life', () => ({ expiresAt: '2999-01-01T00:00:00.000Z' })],
    ['its agent', () => ({ agent: 'agent-2' })],
    ['its run', () => ({ run: 'another-run' })],
    [
      'all of its action, with the digest of that',
      () => {
        const action = { kind: 'webhook', target: { url: `${receiver.url}/elsewhere` }, payload: { body: 1 } };
        return { ...action, digest: digestOf(action) };
      },
    ],
  ])('is refused, and nothing is begun: %s', async (_what, altered) => {
    const draft = { ...signed.draft, ...altered(signed.draft) };
    const before = receiver.count(signed.draft.id);

    const result = await forge({ ...signed, draft, owner: 'forgery', timeoutSeconds: 5, declared: [] });

    expect(result).toMatchObject({ result: 'verify_failed', error: expect.stringContaining('bad_signature') });
    expect((await mandate.store.claims.get(draft.id))?.owner).not.toBe('forgery');
    expect(receiver.count(draft.id)).toBe(draft.id === signed.draft.id ? before : 0);
  });

  it('is refused with a signature of another draft', async () => {
    const other = direct();
    await (await startDispatch(mandate.client, other)).result();
    const stolen = (await mandate.store.claims.get(other.draftId))?.signed;

    const result = await forge({
      draft: signed.draft,
      signature: stolen?.signature ?? '',
      owner: 'forgery',
      timeoutSeconds: 5,
      declared: [],
    });

    expect(result).toMatchObject({ result: 'verify_failed' });
  });

  it('is not carried out a second time when nothing was changed', async () => {
    const result = await forge({ ...signed, owner: 'forgery', timeoutSeconds: 5, declared: [] });

    expect(result).toMatchObject({ result: 'lost_race' });
    expect(receiver.count(signed.draft.id)).toBe(1);
  });
});

describe('a row that was changed in the database', () => {
  it('leads nobody astray when it is the draft of a claim', async () => {
    const request = direct('/answer/500');
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    const kept = (await mandate.store.claims.get(request.draftId))?.signed;
    const forged = { ...kept?.draft, payload: { body: { text: 'Something else.' } } };

    change('update effect_claims set draft = ? where draft_id = ?', JSON.stringify(forged), request.draftId);

    // What the dispatch itself holds counts.
    expect(await reconcile(handle, 'did_not_happen')).toMatchObject({ outcome: 'accepted' });
    expect(await handle.result()).toMatchObject({ status: 'completed_with_error', digest: digestOf(request.action) });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is found when it is an entry of the ledger', async () => {
    const request = direct();
    await (await startDispatch(mandate.client, request)).result();
    const entries = await mandate.store.ledger.entries({ run: request.run });
    const settled = entries.find(({ type }) => type === 'effect.settled');
    const { body } = settled ?? { body: {} };
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });

    change(
      'update ledger set body = ? where entry_id = ?',
      JSON.stringify({ ...body, forged: true }),
      settled?.entryId ?? '',
    );
    const broken = await mandate.verifyLedger();
    change('update ledger set body = ? where entry_id = ?', JSON.stringify(body), settled?.entryId ?? '');

    expect(broken).toMatchObject({ ok: false, broken: { entryId: settled?.entryId } });
  });

  it('publishes nothing when it is an output, made to name bytes that nobody validated', async () => {
    const run = `run-${randomBytes(6).toString('hex')}`;
    const artifacts = createArtifactStore(join(mandate.folder, 'artifacts'));
    const [good, evil] = await Promise.all(['good', 'evil'].map((text) => keep(artifacts, text)));
    const time = new Date().toISOString();
    const { checksum } = await mandate.store.outputs.put({
      run,
      stage: 'pack',
      agent: 'agent-1',
      phase: 'EXECUTE',
      class: 'alpha',
      name: 'site',
      content: { digest: good ?? '' },
      artifactDigest: good,
      time,
    });
    await mandate.store.outputs.markValidated({ run, stage: 'pack', checksums: [checksum], by: 'check', time });

    change('update outputs set artifact_digest = ? where run = ?', evil ?? '', run);
    const outcome = await (await startDispatch(mandate.client, publishes(run, evil ?? ''))).result();

    expect(outcome).toMatchObject({ error: expect.stringContaining('has validated') });
    expect(outcome.status).not.toBe('completed');
  });
});

async function keep(artifacts: ReturnType<typeof createArtifactStore>, text: string): Promise<string> {
  const file = join(mandate.folder, `${text}.txt`);
  await writeFile(file, text);
  return (await artifacts.keep(file)).digest;
}

function publishes(run: string, digest: string): DispatchRequest {
  return aDispatch('', {
    run,
    approval: 'none',
    action: {
      kind: 'deploy_publish_prevalidated_artifact',
      target: { registry: 'directory:site', name: 'site', version: '1.0.0' },
      payload: { artifact: 'site.txt', digest },
    },
  });
}
