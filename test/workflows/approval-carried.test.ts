import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { DecisionAnswer } from '../../src/contract/approval-request.ts';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startImpatientServer } from '../support/impatient-server.ts';
import { openMandate } from '../support/open-mandate.ts';
import type { Mandate } from '../support/open-mandate.ts';
import { until } from '../support/until.ts';

// As much text as a field takes, at three bytes a character.
const LONG = '界'.repeat(9_900);

let server: Awaited<ReturnType<typeof startImpatientServer>>;
let mandate: Mandate;
beforeAll(async () => {
  server = await startImpatientServer(inject('temporalBinary'), 300);
  const where = { address: server.address, namespace: 'default', bundle: inject('workflowBundle') };
  mandate = await openMandate(where, { roles: ['worker'] });
});
afterAll(async () => {
  await mandate.stop();
  await server.stop();
});

it('what only looks like a proof does not go along into the next history, however much of it there is', async () => {
  const first = await ask(mandate.client, { rule: { quorum: 2 } });
  await first.query(inboxItemQuery);
  const { runId } = await first.describe();
  const handle = mandate.client.workflow.getHandle(first.workflowId);

  for (let sent = 0; sent < 400; sent += 20) {
    const junk = Array.from({ length: 20 }, (_each, n) => ({ by: 'mallory', proof: `mp1.${sent + n}${LONG}` }));
    await Promise.all(junk.map((payload) => handle.signal('approve', payload)));
  }
  const answer = await handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'approve' }] });
  await until('a new history', async () => (await handle.describe()).runId !== runId);
  await handle.cancel();

  expect(answer).toMatchObject({ outcome: 'accepted', status: 'pending' });
  expect(await handle.result()).toMatchObject({ status: 'cancelled', decisions: [{ by: 'ana' }] });
});

it('no more reasons are kept than go along; who is refused so decides with a short one', async () => {
  const people = Array.from({ length: 90 }, (_each, n) => `person-${n}`);
  const approvers = people.map((id) => ({ id }));
  const { workflowId } = await ask(mandate.client, { approvers, rule: { quorum: people.length } });
  const handle = mandate.client.workflow.getHandle(workflowId);
  const decide = (by: string, reason: string, verdict = 'approve'): Promise<DecisionAnswer> =>
    handle.executeUpdate(decideUpdate, { args: [{ by, verdict, reason }] });

  const refused: string[] = [];
  for (const by of people) {
    const answer = await decide(by, LONG);
    if (answer.outcome === 'accepted') continue;
    expect(answer).toMatchObject({ outcome: 'Invalid', message: expect.stringMatching(/^reason: .*100 characters/) });
    refused.push(by);
  }
  const last = refused.pop() ?? '';
  for (const by of refused) expect(await decide(by, '短'.repeat(100))).toMatchObject({ outcome: 'accepted' });
  expect(await decide(last, '否'.repeat(100), 'reject')).toMatchObject({ outcome: 'accepted', status: 'rejected' });

  const result = (await handle.result()) as { readonly decisions: readonly { readonly by: string }[] };
  expect(result).toMatchObject({ status: 'rejected' });
  expect(result.decisions.map(({ by }) => by).sort()).toEqual([...people].sort());
});
