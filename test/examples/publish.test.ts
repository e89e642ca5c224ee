import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMandate } from '../../src/client.ts';
import type { RunReport, RunRequest } from '../../src/client.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/publish', import.meta.url));

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate();
});
afterAll(async () => mandate.stop());

async function aRun(inputs: RunRequest['inputs'] = {}): Promise<RunRequest> {
  const pipeline = parse(await readFile(path.join(EXAMPLE, 'pipeline.yaml'), 'utf8')) as RunRequest['pipeline'];
  return { pipeline, inputs, requester: 'gus', baseDirectory: EXAMPLE };
}

async function decideOnce(runId: string, decision: 'approve' | 'reject'): Promise<RunReport> {
  const client = createMandate(mandate.client);
  const requestId = await until(
    'the request for approval',
    async () => {
      const view = await client.show(runId);
      if (view.endedAt !== undefined) throw new Error(JSON.stringify(await client.result(runId)));
      return view.waitingForRequests[0];
    },
    120,
  );
  const { digest } = await client.request(requestId);
  await client.decide(requestId, { by: 'gus', verdict: decision, digest, reason: 'looked at it' });
  return client.result(runId);
}

describe('the publish example', () => {
  it('publishes the approved bytes and reports it from a ledger that verifies', async () => {
    const client = createMandate(mandate.client);

    const { runId } = await client.start(await aRun());
    const report = await decideOnce(runId, 'approve');

    expect(report).toMatchObject({ status: 'completed', violations: [] });
    expect(report.effects).toMatchObject([{ status: 'completed', result: 'executed' }]);
    const receipt = report.effects[0]?.receipt ?? {};
    const published = await readFile(fileURLToPath(receipt['url'] as string));
    expect(gunzipSync(published).toString('utf8')).toContain('ustar');
    expect(report.artifacts.find(({ name }) => name === 'archive.tgz')?.digest).toBe(receipt['digest']);
    expect(await verifyLedger(mandate.store.ledger.export())).toMatchObject({ ok: true });
  });

  it('packs the same bytes for the same files', async () => {
    const client = createMandate(mandate.client);

    const runs = await Promise.all([client.start(await aRun()), client.start(await aRun())]);
    const reports = await Promise.all(runs.map(({ runId }) => decideOnce(runId, 'reject')));

    const digests = reports.map(({ artifacts }) => artifacts.map(({ digest }) => digest));
    expect(digests[0]).toEqual(digests[1]);
    expect(digests[0]).toHaveLength(2);
  });

  it('publishes nothing when the person rejects', async () => {
    const client = createMandate(mandate.client);

    const { runId } = await client.start(await aRun());
    const report = await decideOnce(runId, 'reject');

    expect(report.status).toBe('rejected');
    expect(report.effects).toMatchObject([{ status: 'rejected', error: 'Rejected by gus: looked at it' }]);
    expect(await mandate.store.claims.forRun(runId)).toEqual([]);
  });
});
