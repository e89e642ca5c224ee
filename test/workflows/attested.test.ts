import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFounderKey, signStatement } from '../../src/activities/founder-keys.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { NonDelegable } from '../../src/contract/non-delegable.ts';
import { aDispatch, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';

const founder = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const keys = formatFounderKey('ada', founder.publicKey);
  mandate = await startMandate({ env: { ...receiver.env, MANDATE_FOUNDER_KEYS: keys } });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

/** A draft that its proposer itself calls the end of the venture; each has an action of its own. */
function aDraft(overrides: Partial<DispatchRequest> = {}): DispatchRequest {
  const action = {
    kind: 'webhook',
    target: { url: `${receiver.url}/ok` },
    payload: { body: randomBytes(6).toString('hex') },
  };
  return aDispatch('', { action, approval: 'none', declared: ['venture_kill'], ...overrides });
}

async function attest(
  request: DispatchRequest,
  {
    scope = 'venture_kill',
    key = founder.privateKey,
    agoSeconds = 0,
  }: { readonly scope?: NonDelegable; readonly key?: KeyObject; readonly agoSeconds?: number } = {},
): Promise<void> {
  const statement = {
    id: randomBytes(16).toString('base64url'),
    founder: 'ada',
    scope,
    digest: digestOf(request.action),
    time: new Date(Date.now() - agoSeconds * 1_000).toISOString(),
    evidence: 'https://example.com/minutes/17',
  };
  await mandate.store.attestations.give(signStatement(statement, key), []);
}

async function carriedOut(request: DispatchRequest): Promise<string> {
  return (await (await startDispatch(mandate.client, request)).result()).status;
}

describe('a non-delegable effect', () => {
  it('is carried out for a fresh attestation, once, and the next draft of the same action needs another', async () => {
    const first = aDraft();
    const second = aDraft({ action: first.action });
    await attest(first);

    expect(await carriedOut(first)).toBe('completed');
    expect(await carriedOut(second)).toBe('terminal_unrecoverable');
    expect(receiver.count(first.draftId)).toBe(1);
    expect(receiver.count(second.draftId)).toBe(0);
    const used = await mandate.store.ledger.entries({ run: first.run, type: 'attestation.used' });
    expect(used.map(({ body }) => body)).toMatchObject([{ founder: 'ada', scope: 'venture_kill' }]);
  });

  it('is carried out for one of two drafts that ask for the same attestation at the same time', async () => {
    const first = aDraft();
    const drafts = [first, ...[1, 2, 3].map(() => aDraft({ action: first.action }))];
    await attest(first);

    const ends = await Promise.all(drafts.map(carriedOut));

    expect(ends.sort()).toEqual([
      'completed',
      'terminal_unrecoverable',
      'terminal_unrecoverable',
      'terminal_unrecoverable',
    ]);
    const carried = drafts.reduce((sum, { draftId }) => sum + receiver.count(draftId), 0);
    expect(carried).toBe(1);
  });

  it.each([
    ['of another class', { scope: 'account_switch' as const }],
    ['that is over', { agoSeconds: 901 }],
    ['by a stranger', { key: stranger.privateKey }],
  ])('is refused with an attestation %s, and uses nothing up', async (_what, options) => {
    const request = aDraft();
    await attest(request, options);

    expect(await carriedOut(request)).toBe('terminal_unrecoverable');
    expect(receiver.count(request.draftId)).toBe(0);
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
    const scope: NonDelegable = 'scope' in options ? options.scope : 'venture_kill';
    const digest = digestOf(request.action);
    const found = await mandate.store.attestations.find({ digest, scope, since: '2000-01-01T00:00:00.000Z' });
    expect(found).toMatchObject([{ usedBy: undefined }]);
  });

  it('with two classes needs an attestation of each', async () => {
    const request = aDraft({ declared: ['venture_kill', 'account_switch'] });
    await attest(request);
    const both = aDraft({ declared: ['venture_kill', 'account_switch'] });
    await attest(both);
    await attest(both, { scope: 'account_switch' });

    expect(await carriedOut(request)).toBe('terminal_unrecoverable');
    expect(await carriedOut(both)).toBe('completed');
  });
});
