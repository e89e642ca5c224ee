import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'] });
  for (const id of ['olga', 'omar']) {
    const by = { by: 'root', time: new Date().toISOString() };
    await mandate.store.principals.add({ id, kind: 'person', groups: ['owners'], email: null }, by);
  }
});
afterAll(async () => mandate.stop());

describe('a request goes on, whatever is sent to it', () => {
  it.each([
    ['a proof that no database can hold', { by: 'ana', proof: 'mail.\u0000' }],
    ['a name that no database can hold', { by: 'a\u0000' }],
    ['edits of nearly two megabytes', { by: 'nobody', edits: { a: 'x'.repeat(2_090_000) } }],
    ['an id of a mail that is none', { by: 'ana', decisionId: `mail-${'a'.repeat(64)}` }],
  ])('%s', async (_what, payload) => {
    const handle = await ask(mandate.client);

    await handle.signal('approve', payload);
    await handle.signal('approve', 'ben');

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }] });
    expect(await mandate.recorded(handle.workflowId)).toContain('approval.refused');
  });

  it('an update of three megabytes is refused, and those beside it are answered', async () => {
    const handle = await ask(mandate.client);
    const huge = handle.executeUpdate(decideUpdate, {
      args: [{ by: 'nobody', verdict: 'approve', edits: { a: 'x'.repeat(2_600_000) } }],
    });

    const refused = huge.catch((error: unknown) => error);
    const decided = await createMandate(mandate.client).decide((await handle.query(inboxItemQuery)).requestId, {
      by: 'ana',
      verdict: 'approve',
    });

    expect(decided).toMatchObject({ outcome: 'accepted', status: 'approved' });
    expect(await refused).toBeInstanceOf(Error);
    expect((await handle.result()).status).toBe('approved');
  });

  it('a context of two megabytes is refused when the request is made', async () => {
    const handle = await ask(mandate.client, { context: { note: 'x'.repeat(1_900_000) } });

    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidRequest',
        message: expect.stringMatching(/The request has 19\d+ bytes, 327680 are the most/),
      },
    });
  });
});

it('a group of which several must approve can be looked at, and decided', async () => {
  const handle = await ask(mandate.client, { approvers: [{ group: 'owners' }], rule: { quorum: { owners: 2 } } });
  const item = await until('it to be open', async () => handle.query(inboxItemQuery).catch(() => undefined));

  await handle.signal('approve', { by: 'olga', digest: item.digest });
  await handle.signal('approve', { by: 'omar', digest: item.digest });

  expect(item).toMatchObject({ approvers: ['olga', 'omar'], groups: ['owners'] });
  expect(await handle.result()).toMatchObject({ status: 'approved' });
  expect(await handle.query(inboxItemQuery)).toMatchObject({ status: 'approved' });
});

it('one proof does not use up the decision of somebody else under the same id', async () => {
  const handle = await ask(mandate.client, { rule: { quorum: 2 } });
  const { digest } = await handle.query(inboxItemQuery);
  const decide = (by: string, about: string): Promise<unknown> =>
    handle.executeUpdate(decideUpdate, { args: [{ by, verdict: 'approve', digest: about, decisionId: 'one' }] });

  const first = await decide('ben', `sha256:${'1'.repeat(64)}`);
  const second = await decide('ana', digest);

  expect(first).toMatchObject({ outcome: 'DigestMismatch' });
  expect(second).toMatchObject({ outcome: 'accepted' });
  await handle.cancel();
});
