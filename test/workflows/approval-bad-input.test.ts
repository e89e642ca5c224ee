import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { Mandate as MandateClient } from '../../src/client.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import { aRequest, ask, decideWith } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';

let mandate: Mandate;
let client: MandateClient;
beforeAll(async () => {
  mandate = await startMandate();
  client = createMandate(mandate.client);
});
afterAll(async () => mandate.stop());

const people = (count: number): { id: string }[] => Array.from({ length: count }, (_, index) => ({ id: `p-${index}` }));

const BAD: [what: string, overrides: object, message: RegExp][] = [
  ['an unknown field', { aprovers: [] }, /aprovers: unknown field; remove it or correct its name/],
  ['an unknown rule', { rule: { quorom: 2 } }, /rule\.quorom: unknown field/],
  ['a quorum of nobody', { rule: { quorum: 0 } }, /rule\.quorum: must be a whole number from 1.*, given 0/],
  ['a quorum by no group', { rule: { quorum: {} } }, /rule\.quorum: .*at least one group.*given \{\}/],
  [
    'a group of an unknown shape',
    { approvers: [{ group: 'legal', members: [] }] },
    /approvers\[0\].*members: unknown field/,
  ],
  [
    'a group that is no name',
    { approvers: [{ group: 'no such group!' }] },
    /approvers\[0\]\.group: must be 1 to 64 letters/,
  ],
  ['an approver without an id', { approvers: [{ name: 'ana' }] }, /approvers\[0\]/],
  [
    'an unknown default',
    { onTimeout: 'aprove' },
    /onTimeout: .*"reject"\|"approve"\|"suspend"\|"escalate"\|"cancelRun", given "aprove"/,
  ],
  ['no approvers', { approvers: [] }, /approvers: must name at least one approver/],
  ['10,000 approvers', { approvers: people(10_000) }, /approvers: must name at most 200 approvers/],
  ['a title with control characters', { title: 'Pay\u001b[2J' }, /title: must not contain control characters/],
  [
    'a title that reads from right to left',
    { title: 'Pay \u202e001' },
    /title: must not contain control characters, given "Pay \\u\{202e\}001"/,
  ],
  ['a title of blanks', { title: '  ' }, /title: must not be blank/],
  ['a run of two lines', { run: 'run-1\nrun-2' }, /run: must not contain control characters/],
  ['an acting agent with a bell', { actingAgent: 'agent\u0007' }, /actingAgent: must not contain control characters/],
  ['an approver with a null', { approvers: [{ id: 'a\u0000' }] }, /approvers\[0\].*control characters/],
  ['no time at all', { timeoutSeconds: 0 }, /timeoutSeconds: must be a whole number from 1, given 0/],
  ['a time before now', { timeoutSeconds: -5 }, /timeoutSeconds: must be a whole number from 1, given -5/],
  ['half a second', { timeoutSeconds: 1.5 }, /timeoutSeconds: must be a whole number from 1, given 1\.5/],
  ['an action without a payload', { action: { kind: 'note', target: {} } }, /action\.payload: /],
];

const UNDECIDABLE: [why: string, overrides: object, message: RegExp][] = [
  ['nobody could grant', { rule: { quorum: 3 } }, /rule\.quorum: given 3/],
  ['only its requester could grant', { approvers: [{ id: 'gus' }] }, /rule\.quorum/],
  [
    'its quorum counts a group that nobody is asked for',
    { approvers: [{ id: 'ana', groups: ['owners'] }], rule: { quorum: { owner: 1 } } },
    /rule\.quorum: given \{"owner":1\}.*"owner"/,
  ],
  [
    'its quorum needs people of a later level',
    {
      approvers: [{ id: 'ana' }],
      rule: { quorum: 2 },
      escalation: [{ afterSeconds: 60, to: [{ id: 'ben' }] }],
    },
    /rule\.quorum: given 2/,
  ],
  ['it escalates to nobody', { onTimeout: 'escalate' }, /escalation: must have a level for onTimeout escalate/],
  ['silence would grant, though it cannot be undone', { irreversible: true, onTimeout: 'approve' }, /onTimeout/],
  ['its digest is of another action', { digest: digestOf(1) }, /digest: .*leave it out or correct it/],
];

describe('a request that cannot be', () => {
  it.each(BAD)('with %s is refused by the client, before anything is sent', async (_what, overrides, message) => {
    const asking = client.ask(aRequest(overrides), { requestId: 'never-started' });

    await expect(asking).rejects.toMatchObject({
      name: 'MandateError',
      type: 'InvalidInput',
      message: expect.stringMatching(message),
      faults: expect.arrayContaining([expect.objectContaining({ path: expect.any(String) })]),
    });
    await expect(client.request('never-started')).rejects.toMatchObject({ type: 'UnknownRequest' });
  });

  it.each(BAD)('with %s is refused at its start from a plain client', async (_what, overrides, message) => {
    const handle = await ask(mandate.client, overrides);

    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(message) },
    });
    expect(await mandate.recorded(handle.workflowId)).toEqual([]);
  });

  it('names all its faults at once', async () => {
    const asking = client.ask(aRequest({ title: '', timeoutSeconds: 0, approvers: [] }));

    await expect(asking).rejects.toMatchObject({
      faults: [{ path: 'approvers' }, { path: 'timeoutSeconds' }, { path: 'title' }].map((each) =>
        expect.objectContaining(each),
      ),
    });
  });

  it.each(UNDECIDABLE)(
    'because %s is refused by the client, before anything is sent',
    async (_why, overrides, message) => {
      const asking = client.ask(aRequest(overrides), { requestId: 'never-started' });

      await expect(asking).rejects.toMatchObject({
        name: 'MandateError',
        type: 'InvalidRequest',
        message: expect.stringMatching(message),
      });
      await expect(client.request('never-started')).rejects.toMatchObject({ type: 'UnknownRequest' });
    },
  );

  it.each(UNDECIDABLE)('because %s is refused at its start from a plain client', async (_why, overrides, message) => {
    const handle = await ask(mandate.client, overrides);

    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidRequest', message: expect.stringMatching(message) },
    });
    expect(await mandate.recorded(handle.workflowId)).toEqual([]);
  });

  it('for what only the store knows is refused as its result', async () => {
    const asked = await client.ask(aRequest({ approvers: [{ group: 'nobody' }], rule: { quorum: 2 } }));

    await expect(asked.result()).rejects.toMatchObject({
      name: 'MandateError',
      type: 'InvalidRequest',
      message: expect.stringMatching(/nobody is in the group nobody/),
    });
  });
});

describe('a request that is too large', () => {
  const payload = { text: 'x'.repeat(3_000_000) };

  it('is refused by the client, before anything is sent', async () => {
    const asking = client.ask(aRequest({ action: { kind: 'note', target: {}, payload } }), { requestId: 'too-large' });

    await expect(asking).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/the request has 3\d{6} bytes as JSON; at most 262144/),
    });
    await expect(client.request('too-large')).rejects.toMatchObject({ type: 'UnknownRequest' });
  });

  it('is refused by the server when a plain client starts it', async () => {
    const asking = ask(mandate.client, { action: { kind: 'note', target: {}, payload } });

    await expect(asking).rejects.toMatchObject({ cause: { message: expect.stringMatching(/size|exceed/i) } });
  });

  it('keeps nobody from deciding when it is a signal', async () => {
    const handle = await ask(mandate.client);

    const tooLarge = handle.signal('approve', { by: 'ana', reason: payload.text });
    await expect(tooLarge).rejects.toMatchObject({ cause: { message: expect.stringMatching(/size|exceed/i) } });
    await handle.signal('approve', { by: 'ana', reason: 'x'.repeat(1_000_000) });
    await handle.signal('approve', 'ana');

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }] });
    expect(await mandate.recorded(handle.workflowId)).toEqual([
      'approval.requested',
      'approval.refused',
      'approval.decision',
      'approval.ended',
    ]);
  });

  it.each([2_000_000, 3_000_000])(
    'keeps nobody from deciding when a plain client sends an update of %i bytes',
    async (bytes) => {
      const handle = await ask(mandate.client);
      const requestId = handle.workflowId.slice('approval/'.length);

      await expect(decideWith(mandate.client, handle, bytes)).rejects.toThrow(/deadline exceeded|timed out/i);

      expect(await client.decide(requestId, { by: 'ana', verdict: 'approve' })).toMatchObject({ outcome: 'accepted' });
    },
  );

  it('is answered by the client when it is a decision, before anything is sent', async () => {
    const handle = await ask(mandate.client);
    const requestId = handle.workflowId.slice('approval/'.length);

    const answer = await client.decide(requestId, { by: 'ana', verdict: 'approve', reason: payload.text });

    expect(answer).toMatchObject({
      outcome: 'Invalid',
      status: 'pending',
      message: expect.stringMatching(/The decision has 3\d{6} bytes; at most 262144/),
    });
  });

  it('gets its answer as an update too', async () => {
    const handle = await ask(mandate.client);
    const requestId = handle.workflowId.slice('approval/'.length);

    await expect(decideWith(mandate.client, handle, 100_000, 60)).rejects.toMatchObject({
      cause: { type: 'Invalid', message: expect.stringMatching(/reason: must have at most 10000/) },
    });
    expect(await client.decide(requestId, { by: 'ana', verdict: 'approve' })).toMatchObject({ outcome: 'accepted' });
  });
});

it('an action of a megabyte from a plain client is refused before anybody is asked: nobody could review it', async () => {
  const text = 'x'.repeat(1_000_000);
  const handle = await ask(mandate.client, { action: { kind: 'note', target: {}, payload: { text } } });

  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'InvalidRequest', message: expect.stringMatching(/The action has 10\d+ bytes; at most 262144/) },
  });
  expect(await mandate.recorded(handle.workflowId)).toEqual([]);
});

describe('a decision about something else', () => {
  it('is refused with the digest of another action, and takes nothing from the right one', async () => {
    const other = digestOf({ kind: 'note', target: {}, payload: { text: 'another' } });
    const { requestId, result } = await client.ask(aRequest());

    const wrong = await client.decide(requestId, { by: 'ana', verdict: 'approve', digest: other });
    const right = await client.decide(requestId, { by: 'ana', verdict: 'approve' });

    expect(wrong).toMatchObject({
      outcome: 'DigestMismatch',
      status: 'pending',
      message: expect.stringContaining(other),
    });
    expect(right).toMatchObject({ outcome: 'accepted' });
    expect(await result()).toMatchObject({ status: 'approved' });
  });

  it('is refused under an id that was never asked', async () => {
    const deciding = client.decide('nobody-asked-this', { by: 'ana', verdict: 'approve' });

    await expect(deciding).rejects.toMatchObject({ type: 'UnknownRequest' });
  });

  it('a request that is made twice under one id is one request, and another under that id is told apart', async () => {
    const requestId = `once-${Date.now()}`;
    const first = await client.ask(aRequest(), { requestId });
    const again = await client.ask(aRequest(), { requestId });
    const other = await client.ask(aRequest({ action: { kind: 'note', target: {}, payload: {} } }), { requestId });

    await client.decide(requestId, { by: 'ana', verdict: 'approve' });

    expect(again.workflowId).toBe(first.workflowId);
    expect(await again.result()).toEqual(await first.result());
    await expect(other.result()).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/another action/),
    });
  });

  it('a request that is terminated says so as its result', async () => {
    const { workflowId, result } = await client.ask(aRequest());

    await mandate.client.workflow.getHandle(workflowId).terminate('wiped out');

    await expect(result()).rejects.toMatchObject({
      type: 'RequestFailed',
      message: expect.stringMatching(/wiped out|terminated/i),
    });
  });
});
