import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionAnswer, InboxItem } from '../../src/contract/approval-request.ts';
import type { DecisionWire } from '../../src/contract/decision-wire.ts';
import { proveDecision } from '../../src/prove-decision.ts';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let ana: string;
let zoe: string;
let mallory: string;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'], env: { MANDATE_TRUST_NAMESPACE: 'no' } });
  ana = await tokenFor(mandate.store, 'ana');
  zoe = await tokenFor(mandate.store, 'zoe');
  mallory = await tokenFor(mandate.store, 'mallory');
});
afterAll(async () => mandate.stop());

type Handle = Awaited<ReturnType<typeof ask>>;

const decide = (handle: Handle, decision: object): Promise<DecisionAnswer> =>
  handle.executeUpdate(decideUpdate, { args: [decision] });

async function asked(overrides: Parameters<typeof ask>[1] = {}): Promise<{ handle: Handle; item: InboxItem }> {
  const handle = await ask(mandate.client, { approvers: [{ id: 'ana' }], ...overrides });
  await until('it is asked', async () => (await mandate.recorded(handle.workflowId)).length > 0);
  return { handle, item: await handle.query(inboxItemQuery) };
}

const approval = ({ digest }: InboxItem): Pick<DecisionWire, 'verdict' | 'digest'> & { digest: string } => ({
  verdict: 'approve',
  digest,
});

const OTHER = `sha256:${'0'.repeat(64)}`;

describe('where the namespace is not trusted', () => {
  it('a name alone decides nothing, and is told how to', async () => {
    const { handle, item } = await asked();

    const answer = await decide(handle, { by: 'ana', ...approval(item) });

    expect(answer).toMatchObject({ outcome: 'NotAnApprover', status: 'pending' });
    expect(answer.message).toMatch(/mandate prove/);
    await handle.cancel();
  });

  it('a proof decides in the name of its owner, and no history has the token', async () => {
    const { handle, item } = await asked();
    const { verdict: _verdict, ...payload } = proveDecision(ana, item.requestId, approval(item));

    await handle.signal('approve', payload);

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }] });
    const history = JSON.stringify(await handle.fetchHistory());
    const ledger = JSON.stringify(await mandate.store.ledger.entries());
    const secret = ana.split('_').at(-1) ?? '';
    for (const text of [history, ledger]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(2, -2));
    }
    expect(ledger).toContain('"provenBy":{"kind":"token"');
  });

  it.each([
    ['another request', (item: InboxItem) => proveDecision(ana, 'another-request', approval(item))],
    [
      'another digest',
      (item: InboxItem) => ({
        ...proveDecision(ana, item.requestId, { ...approval(item), digest: OTHER }),
        digest: item.digest,
      }),
    ],
    [
      'another verdict',
      (item: InboxItem) => ({
        ...proveDecision(ana, item.requestId, { ...approval(item), verdict: 'reject', reason: 'no' }),
        verdict: 'approve',
      }),
    ],
    [
      'another decision id',
      (item: InboxItem) => ({ ...proveDecision(ana, item.requestId, approval(item)), decisionId: 'mine' }),
    ],
    [
      'other edits',
      (item: InboxItem) => ({ ...proveDecision(ana, item.requestId, approval(item)), edits: { text: 'Mine.' } }),
    ],
  ])('a proof for %s is none for this one', async (_what, forge) => {
    const { handle, item } = await asked({ editable: ['text'] });

    const answer = await decide(handle, forge(item));

    expect(answer).toMatchObject({ outcome: 'Invalid', status: 'pending' });
    expect(answer.message).toContain('a proof covers the request, the verdict, the digest');
    await handle.cancel();
  });

  it('a proof that was refused is spent: sent again when it might count, it is answered as before', async () => {
    const { handle, item } = await asked({ escalation: [{ afterSeconds: 15, to: [{ id: 'zoe' }] }] });
    const proven = proveDecision(zoe, item.requestId, approval(item));

    const first = await decide(handle, proven);
    await until('zoe is asked', async () => (await handle.query(inboxItemQuery)).approvers.includes('zoe'));
    const replayed = await decide(handle, proven);
    const anew = await decide(handle, proveDecision(zoe, item.requestId, approval(item)));

    expect(first).toMatchObject({ outcome: 'NotAnApprover' });
    expect(replayed).toEqual(first);
    expect(anew).toMatchObject({ outcome: 'accepted', status: 'approved' });
  });

  it.each([
    ['of what only looks like proofs', 101, (n: number) => ({ proof: `mp1.junk-${n}` }), /was disabled/],
    [
      'of proofs by somebody else',
      101,
      (_n: number, item: InboxItem) => proveDecision(mallory, item.requestId, approval(item)),
      /was disabled|decide anew/,
    ],
    [
      'of proofs by the same person',
      101,
      (_n: number, item: InboxItem) => proveDecision(zoe, item.requestId, { verdict: 'approve', digest: OTHER }),
      /decide anew/,
    ],
  ])('a proof that was refused counts never, also after a flood %s', async (_of, count, made, message) => {
    const { handle, item } = await asked({ approvers: [{ id: 'ana' }, { id: 'zoe' }], rule: { quorum: 2 } });
    const by = { by: 'root', time: new Date().toISOString() };
    const counted = proveDecision(ana, item.requestId, approval(item));
    const refused = proveDecision(zoe, item.requestId, approval(item));
    await decide(handle, counted);
    await mandate.store.principals.change('zoe', { active: false }, by);
    await decide(handle, refused);
    await mandate.store.principals.change('zoe', { active: true }, by);

    for (let n = 0; n < count; n += 1) {
      const { verdict, ...payload } = { verdict: 'reject', ...made(n, item) };
      await handle.signal(verdict, payload);
    }
    const replayed = await decide(handle, refused);
    const again = await decide(handle, counted);
    const anew = await decide(handle, proveDecision(zoe, item.requestId, approval(item)));

    expect(replayed).toMatchObject({ status: 'pending', message: expect.stringMatching(message) });
    expect(again).toMatchObject({ outcome: 'accepted', duplicate: true });
    expect(anew).toMatchObject({ outcome: 'accepted', status: 'approved' });
  });

  it('a proof that somebody sends with another decision is not used up', async () => {
    const { handle, item } = await asked();
    const proven = proveDecision(ana, item.requestId, approval(item));

    const forged = await decide(handle, { ...proven, reason: 'Mine.' });
    const own = await decide(handle, proven);

    expect(forged).toMatchObject({ outcome: 'Invalid', status: 'pending' });
    expect(own).toMatchObject({ outcome: 'accepted', status: 'approved' });
  });

  it('a proof that counted counts once, however often and over whatever way it comes', async () => {
    const { handle, item } = await asked({ approvers: [{ id: 'ana' }, { id: 'zoe' }], rule: { quorum: 2 } });
    const proven = proveDecision(ana, item.requestId, approval(item));
    const { verdict: _verdict, ...payload } = proven;

    await handle.signal('approve', payload);
    const again = await decide(handle, proven);

    expect(again).toEqual({ outcome: 'accepted', status: 'pending', duplicate: true });
    expect((await handle.query(inboxItemQuery)).votes).toHaveLength(1);
    await handle.cancel();
  });

  it('a proof counts for no later request under the same id, about the same action a moment later', async () => {
    const { handle, item } = await asked();
    const proven = proveDecision(ana, item.requestId, approval(item));
    expect(await decide(handle, proven)).toMatchObject({ outcome: 'accepted' });
    await handle.result();

    const { workflowId } = handle;
    const later = await ask(mandate.client, { approvers: [{ id: 'ana' }] }, { workflowId });
    const replayed = await decide(later, proven);
    const anew = await decide(later, proveDecision(ana, item.requestId, approval(item)));

    expect(replayed).toMatchObject({ outcome: 'Invalid', status: 'pending' });
    expect(replayed.message).toContain('an earlier request under this id');
    expect(anew).toMatchObject({ outcome: 'accepted', status: 'approved' });
  });

  it('a proof counts again in the same request, reset to before it came', async () => {
    const { handle, item } = await asked();
    const { runId } = await handle.describe();
    const { verdict: _verdict, ...payload } = proveDecision(ana, item.requestId, approval(item));
    await handle.signal('approve', payload);
    await handle.result();

    const again = await reset(mandate, handle, runId, (await resetPoints(handle))[0] ?? 0);

    expect(await again.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }] });
  });
});
