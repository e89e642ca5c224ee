import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { Mandate as MandateClient } from '../../src/client.ts';
import { requestIdOf } from '../../src/contract/ids.ts';
import { requestText } from '../../src/policy/request-text.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';

let mandate: Mandate;
let client: MandateClient;
beforeAll(async () => {
  mandate = await startMandate();
  client = createMandate(mandate.client);
});
afterAll(async () => mandate.stop());

const ANA = { by: 'ana', verdict: 'approve' } as const;

const textOf = async (requestId: string): Promise<string> => requestText(await client.request(requestId), (iso) => iso);

describe('a request that was terminated', () => {
  it('has ended for whoever looks at it or decides, and says by whom and why', async () => {
    const handle = await ask(mandate.client);
    const requestId = requestIdOf(handle.workflowId);
    expect(await client.request(requestId)).toMatchObject({ status: 'pending' });

    await handle.terminate('wiped out');

    const item = await client.request(requestId);
    const why = expect.stringMatching(/^terminated by .+ \(wiped out\)$/);
    expect(item).toMatchObject({ status: 'cancelled', overdue: false, endedBecause: why });
    expect(await textOf(requestId)).toMatch(/^status +cancelled: terminated by .+ \(wiped out\); it has ended/m);
    expect(await client.decide(requestId, ANA)).toEqual({
      outcome: 'AlreadyDecided',
      status: 'cancelled',
      message: `The request has ended: it is cancelled, ${item.endedBecause}.`,
    });
  });

  it('before any worker had begun it is known to have ended too', async () => {
    await mandate.rest(['worker']);
    const handle = await ask(mandate.client);
    await handle.terminate('never mind');
    await mandate.work(['worker']);

    const looking = client.request(requestIdOf(handle.workflowId));

    await expect(looking).rejects.toMatchObject({
      type: 'RequestFailed',
      message: expect.stringContaining('never mind'),
    });
  });
});

describe('a request that was refused', () => {
  it.each([
    ['while it was prepared', { channels: ['pigeon'] }, 'InvalidRequest', /channels: pigeon is not configured/],
    ['for a group of nobody', { approvers: [{ group: 'nobody' }] }, 'InvalidRequest', /nobody is in the group/],
    ['by the rules alone', { rule: { quorum: 3 } }, 'InvalidRequest', /rule\.quorum: given 3/],
    ['as it could not be read', { timeoutSeconds: 0 }, 'InvalidInput', /timeoutSeconds: must be a whole number/],
  ])('%s says so, and why, to whoever looks or decides', async (_when, overrides, type, message) => {
    const handle = await ask(mandate.client, overrides);
    await handle.result().catch(() => undefined);
    const refused = { name: 'MandateError', type, message: expect.stringMatching(message) };

    const requestId = requestIdOf(handle.workflowId);
    await expect(client.request(requestId)).rejects.toMatchObject(refused);
    await expect(client.decide(requestId, ANA)).rejects.toMatchObject(refused);
  });
});

describe('a request that has ended', () => {
  it('by default is marked so wherever it is shown, and answers with its deadline', async () => {
    const handle = await ask(mandate.client, { onTimeout: 'approve', timeoutSeconds: 1 });
    const requestId = requestIdOf(handle.workflowId);
    await handle.result();

    const item = await client.request(requestId);
    expect(item).toMatchObject({ status: 'expired', default: 'approve' });
    expect(await textOf(requestId)).toMatch(/^status +expired\(approve\): not decided by \d{4}-.*Z; it has ended/m);
    expect(await client.decide(requestId, ANA)).toEqual({
      outcome: 'TooLate',
      status: 'expired',
      default: 'approve',
      deadline: item.deadline,
      message: `The deadline ${item.deadline} has passed: the request has ended as expired(approve).`,
    });
  });

  it('by a decision says whose it was, and needs nobody any more', async () => {
    const handle = await ask(mandate.client, { rule: { quorum: 2 } });
    const requestId = requestIdOf(handle.workflowId);
    await client.decide(requestId, { by: 'ben', verdict: 'reject', reason: 'the notes are wrong' });

    const answer = await client.decide(requestId, ANA);
    expect(answer).toMatchObject({
      outcome: 'AlreadyDecided',
      status: 'rejected',
      message: expect.stringMatching(/rejected.*ben.*reject/),
    });
    await handle.result();
    expect(await client.decide(requestId, ANA)).toMatchObject({
      message: 'The request has ended: it is rejected, ben rejected (the notes are wrong).',
    });
    expect(await textOf(requestId)).not.toMatch(/needed|may decide/);
  });
});
