import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionAnswer } from '../../src/contract/approval-request.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'] });
});
afterAll(async () => mandate.stop());

const WEBHOOK = {
  kind: 'webhook',
  target: { url: 'https://team.example/in' },
  payload: { body: { note: 'hello' } },
};

type Handle = Awaited<ReturnType<typeof ask>>;

const decide = (handle: Handle, decision: object): Promise<DecisionAnswer> =>
  handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'approve', ...decision }] });

describe('an edit', () => {
  it('makes another action with another digest, which is what is approved; the ledger has both', async () => {
    const handle = await ask(mandate.client, { action: WEBHOOK, editable: ['body'] });
    const edited = { ...WEBHOOK, payload: { body: { note: 'good morning' } } };

    await decide(handle, { edits: { body: { note: 'good morning' } } });
    const result = await handle.result();

    const digests = [digestOf(WEBHOOK), digestOf(edited)];
    expect(result).toMatchObject({ status: 'approved', action: edited, digest: digests[1], digests });
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    expect(entries.map(({ type }) => type)).toEqual([
      'approval.requested',
      'approval.edited',
      'approval.decision',
      'approval.ended',
    ]);
    expect(entries[1]?.body).toMatchObject({ by: 'ana', from: digests[0], to: digests[1], action: edited });
    expect(entries[2]?.body).toMatchObject({ digests, provenBy: { kind: 'namespace' } });
  });

  it('is refused where admission refuses the edited action, and changes nothing', async () => {
    const handle = await ask(mandate.client, { action: WEBHOOK, editable: ['body', 'url'] });

    const answer = await decide(handle, { edits: { url: 'https://other.example/' } });

    expect(answer).toMatchObject({ outcome: 'Invalid', status: 'pending' });
    expect(answer.message).toMatch(/^edits: the edited action would not be admitted: .*url/);
    expect(await handle.query(inboxItemQuery)).toMatchObject({
      action: WEBHOOK,
      votes: [],
      digests: [digestOf(WEBHOOK)],
    });
    await handle.cancel();
  });

  it('is refused where it makes an action too large to be reviewed', async () => {
    const action = { kind: 'note', target: {}, payload: { text: 'Short.', rest: 'y'.repeat(100_000) } };
    const handle = await ask(mandate.client, { action, editable: ['text'] });

    const answer = await decide(handle, { edits: { text: 'x'.repeat(200_000) } });

    expect(answer).toMatchObject({ outcome: 'Invalid', message: expect.stringContaining('at most 262144') });
    await handle.cancel();
  });

  it('that is too large to be taken at all is refused at once', async () => {
    const handle = await ask(mandate.client, { editable: ['text'] });

    const answer = decide(handle, { edits: { text: 'x'.repeat(300_000) } });

    await expect(answer).rejects.toMatchObject({
      cause: { message: expect.stringContaining('at most 262144 are taken') },
    });
    await handle.cancel();
  });

  it('of a field that is not editable is refused whole', async () => {
    const handle = await ask(mandate.client, { editable: ['text'] });

    const answer = await decide(handle, { edits: { text: 'Later.', to: 'nobody' } });

    expect(answer).toMatchObject({ outcome: 'Invalid', message: expect.stringContaining('"to"') });
    await handle.cancel();
  });

  it('sets other votes aside; those who gave them may vote again, about the new digest', async () => {
    const handle = await ask(mandate.client, { editable: ['text'], rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');
    await until('ana has voted', async () => (await handle.query(inboxItemQuery)).votes.length === 1);

    await decide(handle, { by: 'ben', edits: { text: 'Later.' } });
    const { digest, votes } = await handle.query(inboxItemQuery);
    const blind = await decide(handle, {});
    await decide(handle, { digest });

    expect(votes).toMatchObject([{ by: 'ben' }]);
    expect(blind).toMatchObject({ outcome: 'Invalid', message: expect.stringContaining('digest') });
    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }, { by: 'ana' }] });
  });

  it('sent by two at once counts for who came first; the other decided about what is gone', async () => {
    const handle = await ask(mandate.client, { editable: ['text'], rule: { quorum: 2 } });
    const { digest } = await handle.query(inboxItemQuery);

    const answers = await Promise.all([
      decide(handle, { by: 'ana', digest, edits: { text: 'Ana.' } }),
      decide(handle, { by: 'ben', digest, edits: { text: 'Ben.' } }),
    ]);

    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['DigestMismatch', 'accepted']);
    expect((await handle.query(inboxItemQuery)).digests).toHaveLength(2);
    await handle.cancel();
  });

  it('that leaves the action as it was is a plain approval', async () => {
    const handle = await ask(mandate.client, { editable: ['text'] });

    await decide(handle, { edits: { text: 'Ship it on Monday.' } });

    expect((await handle.result()).digests).toHaveLength(1);
  });

  it('is refused when edits have become more than the request can carry on, and a plain vote still counts', async () => {
    const handle = await ask(mandate.client, { editable: ['text'], rule: { quorum: 2 } });
    const big = (letter: string): object => ({ text: letter.repeat(150_000) });
    const first = await decide(handle, { decisionId: 'first', edits: big('a') });
    const { digest } = await handle.query(inboxItemQuery);
    await decide(handle, { by: 'ben', decisionId: 'second', digest, edits: big('b') });
    const { digest: now } = await handle.query(inboxItemQuery);

    const third = await decide(handle, { decisionId: 'third', digest: now, edits: big('c') });
    const plain = await decide(handle, { decisionId: 'fourth', digest: now });

    expect(first).toMatchObject({ outcome: 'accepted', status: 'pending' });
    expect(third).toMatchObject({
      outcome: 'Invalid',
      message: expect.stringMatching(/^edits: .*; edit less; or have the request issued anew/),
    });
    expect(plain).toMatchObject({ outcome: 'accepted', status: 'approved' });
  });
});
