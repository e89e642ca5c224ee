import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask, eventsOf, signalRaw } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate();
});
afterAll(async () => mandate.stop());

const JUNK = [
  42,
  null,
  true,
  '',
  ' \n ',
  'mallory',
  'ana\u0000',
  '\u202eana',
  [],
  ['ana'],
  {},
  { by: '' },
  { by: 42 },
  { by: { by: 'ana' } },
  { by: ['ana'] },
  { by: 'ana\ud800' },
  { by: 'ana', verdict: 'approve' },
  { by: 'ana', approve: true },
  { by: 'ana', ['\u001b[31m'.repeat(25_000)]: true },
  { by: 'ana', reason: 'x'.repeat(100_000) },
  { by: 'ana', reason: '\udc00' },
  { by: 'ana', digest: 'sha256:zz' },
  { by: 'ana', digest: null },
  { by: 'ana', decisionId: 'auto/mine' },
  { by: 'ana', group: 'nobody' },
  { by: 'ana', edits: [] },
  { by: 'ana', edits: { text: 'something else' } },
];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const UNDECODABLE = {
  'in an unknown encoding': [{ metadata: { encoding: bytes('binary/encrypted') }, data: bytes('?') }],
  'as broken JSON': [{ metadata: { encoding: bytes('json/plain') }, data: bytes('{"by": "ana"') }],
  'as JSON in broken UTF-8': [{ metadata: { encoding: bytes('json/plain') }, data: Uint8Array.of(0x22, 0xff, 0x22) }],
  'without metadata': [{ data: bytes('"ana"') }],
  'without anything': [{}],
};

describe('a signal that is no decision', () => {
  it('changes nothing, is recorded with its reason, and keeps nobody from deciding', async () => {
    const handle = await ask(mandate.client);

    for (const junk of JUNK) await handle.signal('approve', junk);
    await handle.signal('approve');
    await handle.signal('approve', { by: 'ana' }, { by: 'ben' }, 'and more');
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }] });
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    const refused = entries.filter((entry) => entry.type === 'approval.refused');
    expect(refused).toHaveLength(JUNK.length + 1);
    for (const { body } of refused) {
      expect(body).toMatchObject({ outcome: expect.stringMatching(/^(Invalid|NotAnApprover)$/) });
      expect(JSON.stringify(body).length).toBeLessThan(2_000);
    }
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it.each(Object.entries(UNDECODABLE))('is refused %s, and the request goes on', async (_how, payloads) => {
    const handle = await ask(mandate.client);

    for (const name of ['approve', 'reject', 'supersede']) {
      await signalRaw(mandate.client, handle.workflowId, name, payloads);
    }
    await until('three refusals', async () => (await mandate.recorded(handle.workflowId)).length === 4);
    await handle.signal('approve', 'ana');

    expect(await handle.result()).toMatchObject({ status: 'approved' });
    const types = await mandate.recorded(handle.workflowId);
    expect(types.filter((type) => type === 'approval.refused')).toHaveLength(3);
  });

  it.each([
    ['before the first task', false],
    ['while it waits', true],
  ])('does no harm under a name that nobody knows, or that is reserved, %s', async (_when, waiting) => {
    if (!waiting) await mandate.rest(['worker']);
    const handle = await ask(mandate.client);
    if (waiting) await handle.query(inboxItemQuery);

    for (const name of ['__temporal_x', 'toString', '__proto__', 'aprove', '__temporal_y']) {
      await handle.signal(name, 'ana');
    }
    await handle.signal('approve', 'ana');
    await mandate.work(['worker']);

    expect(await handle.result()).toMatchObject({ status: 'approved' });
    expect(await eventsOf(handle)).not.toContain('workflowTaskFailedEventAttributes');
  });
});

describe('an update that is no decision', () => {
  it('is turned away before it makes history', async () => {
    const handle = await ask(mandate.client);
    // From here on nothing but a message makes history: the request is recorded and its deadline runs.
    await until('the timer of the deadline', async () =>
      (await eventsOf(handle)).includes('timerStartedEventAttributes'),
    );
    const before = await eventsOf(handle);

    for (const junk of [...JUNK, { by: 'ana', verdict: 'maybe' }]) {
      // What only the request itself can tell is answered by it, not by the validator.
      if (typeof junk === 'object' && junk !== null && ('group' in junk || 'edits' in junk || 'verdict' in junk))
        continue;
      const answer = handle.executeUpdate(decideUpdate, { args: [junk] });
      await expect(answer).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    }

    expect(await eventsOf(handle)).toEqual(before);
    expect(await mandate.recorded(handle.workflowId)).toEqual(['approval.requested']);
  });

  it('is turned away when its verdict is none of the two', async () => {
    const handle = await ask(mandate.client);

    const answer = handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'maybe' }] });

    await expect(answer).rejects.toMatchObject({
      cause: { type: 'Invalid', message: expect.stringMatching(/^verdict: .*"maybe"/) },
    });
  });
});
