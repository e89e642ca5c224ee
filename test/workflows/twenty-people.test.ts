import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { DecisionOutcome, DecisionRequest, Mandate as MandateClient } from '../../src/client.ts';
import type { LedgerEntry } from '../../src/contract/ledger.ts';
import { approvalWorkflowId } from '../../src/contract/ids.ts';
import { decide } from '../../src/decide.ts';
import { proveDecision } from '../../src/prove-decision.ts';
import { aRequest } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let client: MandateClient;
beforeAll(async () => {
  mandate = await startMandate();
  client = createMandate(mandate.client);
});
afterAll(async () => mandate.stop());

const PEOPLE = Array.from({ length: 20 }, (_, index) => `person-${index}`);
const STRANGERS = ['mallory', 'trudy', 'gus'];
const TWICE = PEOPLE.slice(0, 9);

// A worker takes its time to start.
const PATIENT = { answerMs: 500, lookMs: 120_000 };
// So many at once take theirs.
const UNHURRIED = { answerMs: 60_000, lookMs: 60_000 };

interface Answered {
  readonly decision: DecisionRequest;
  readonly outcome: DecisionOutcome;
}

/** Half of them by updates, half by plain signals, some twice, strangers among them, all at the same time. */
async function everybodyDecides(
  requestId: string,
  verdictOf: (by: string) => 'approve' | 'reject' = () => 'approve',
): Promise<Answered[]> {
  const handle = mandate.client.workflow.getHandle(approvalWorkflowId(requestId));
  const byUpdate = [...PEOPLE.filter((_, index) => index % 2 === 0), ...TWICE.slice(0, 6), ...STRANGERS];
  const bySignal = [...PEOPLE.filter((_, index) => index % 2 === 1), ...TWICE.slice(3), ...STRANGERS];
  const answers = byUpdate.map(async (by): Promise<Answered> => {
    const decision = { by, verdict: verdictOf(by), reason: 'looked at it' };
    return { decision, outcome: await decide(mandate.client, requestId, decision, UNHURRIED) };
  });
  const signals = bySignal.map((by) =>
    handle.signal(verdictOf(by), { by, reason: 'looked at it' }).catch((error: unknown) => {
      // It may have ended already without this voice.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }),
  );
  await Promise.all(signals);
  return Promise.all(answers);
}

async function recordedOf(
  requestId: string,
): Promise<{ accepted: string[]; refused: string[]; entries: LedgerEntry[] }> {
  const entries = await mandate.store.ledger.entries({ run: approvalWorkflowId(requestId) });
  const by = (type: string): string[] =>
    entries
      .filter((entry) => entry.type === type)
      .map(({ body }) => (typeof body['by'] === 'string' ? body['by'] : ''));
  return { accepted: by('approval.decision'), refused: by('approval.refused'), entries };
}

/** Whether an answer says what the ledger says, where everybody's voice is needed. */
function isTrue({ decision: { by = '' }, outcome: { outcome } }: Answered, accepted: readonly string[]): boolean {
  // What came after the end is told of the end.
  if (STRANGERS.includes(by)) return ['NotAnApprover', 'SelfApproval', 'AlreadyDecided'].includes(outcome);
  if (outcome === 'accepted') return accepted.includes(by);
  // Only somebody who decided twice, or had decided already by the other way.
  return TWICE.includes(by) && ['AlreadyDecided', 'AlreadyVoted'].includes(outcome);
}

const ask = (quorum: number, rule: { readonly veto?: boolean } = {}): ReturnType<MandateClient['ask']> =>
  client.ask(aRequest({ approvers: [...PEOPLE, 'gus'].map((id) => ({ id })), rule: { quorum, ...rule } }));

describe('twenty people at once', () => {
  it('are each heard once, and each update is answered as the ledger has it', async () => {
    const asked = await ask(20);

    const answers = await everybodyDecides(asked.requestId);
    const result = await asked.result();

    expect(result.status).toBe('approved');
    expect(result.decisions.map(({ by }) => by).sort()).toEqual([...PEOPLE].sort());
    const { accepted, refused, entries } = await recordedOf(asked.requestId);
    expect([...accepted].sort()).toEqual([...PEOPLE].sort());
    expect(entries.filter(({ type }) => type === 'approval.ended')).toHaveLength(1);
    expect(answers.filter((answer) => !isTrue(answer, accepted))).toEqual([]);
    expect(new Set(refused.filter((by) => STRANGERS.includes(by))).size).toBeGreaterThan(0);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('end it once when a few of them suffice; whoever comes later is told so', async () => {
    const asked = await ask(5);

    const answers = await everybodyDecides(asked.requestId);
    const result = await asked.result();

    expect(result).toMatchObject({ status: 'approved' });
    expect(result.decisions).toHaveLength(5);
    const deciders = result.decisions.map(({ by }) => by);
    const { accepted, entries } = await recordedOf(asked.requestId);
    expect([...accepted].sort()).toEqual([...deciders].sort());
    expect(entries.filter(({ type }) => type === 'approval.ended')).toHaveLength(1);
    // Whoever was not among the five was too late.
    const late = answers.filter(({ decision }) => !deciders.includes(decision.by ?? ''));
    expect(late.map(({ outcome }) => outcome.outcome)).not.toContain('accepted');
    expect(answers.filter(({ outcome }) => outcome.outcome === 'Recorded')).toEqual([]);
  });

  it.each([
    ['with a veto', {}],
    ['without a veto', { veto: false }],
  ])('who are of two minds come to one end, %s, and each hears the truth', async (_how, rule) => {
    const asked = await ask(11, rule);
    const verdictOf = (by: string): 'approve' | 'reject' => (PEOPLE.indexOf(by) % 4 < 2 ? 'approve' : 'reject');

    const answers = await everybodyDecides(asked.requestId, verdictOf);
    const result = await asked.result();

    // Ten approvals are too few.
    expect(result.status).toBe('rejected');
    const { accepted, entries } = await recordedOf(asked.requestId);
    const deciders = result.decisions.map(({ by }) => by);
    expect([...accepted].sort()).toEqual([...deciders].sort());
    expect(new Set(deciders).size).toBe(deciders.length);
    expect(result.decisions.filter(({ by, verdict }) => verdict !== verdictOf(by))).toEqual([]);
    expect(entries.filter(({ type }) => type === 'approval.ended')).toHaveLength(1);
    // Whoever decided once, and was not accepted, is not counted.
    const untrue = answers.filter(({ decision: { by = '' }, outcome: { outcome } }) =>
      outcome === 'accepted'
        ? !deciders.includes(by)
        : outcome === 'Recorded' || (deciders.includes(by) && !TWICE.includes(by)),
    );
    expect(untrue).toEqual([]);
  });

  it('with a token each are proven, each once, by the same rules', async () => {
    const env = { MANDATE_TRUST_NAMESPACE: 'no' };
    const proven = await startMandate({ namespace: 'proven', roles: ['worker'], env });
    try {
      const tokens = await Promise.all(PEOPLE.map((by) => tokenFor(proven.store, by)));
      const api = createMandate(proven.client);
      const asked = await api.ask(aRequest({ approvers: PEOPLE.map((id) => ({ id })), rule: { quorum: 20 } }));
      const { digest } = await api.request(asked.requestId);
      const handle = proven.client.workflow.getHandle(asked.workflowId);

      const deciding = tokens.map(async (token, index) => {
        const { verdict, ...decision } = proveDecision(token, asked.requestId, { verdict: 'approve', digest });
        if (index % 2 === 1) return handle.signal(verdict, decision);
        return (await decide(proven.client, asked.requestId, { ...decision, verdict }, UNHURRIED)).outcome;
      });
      const outcomes = await Promise.all(deciding);
      const result = await asked.result();

      expect(outcomes).toEqual(PEOPLE.map((_, index) => (index % 2 === 0 ? 'accepted' : undefined)));
      expect(result.status).toBe('approved');
      expect(result.decisions.map(({ by }) => by).sort()).toEqual([...PEOPLE].sort());
      const entries = await proven.store.ledger.entries({ run: handle.workflowId });
      const proofs = entries.filter(({ type }) => type === 'approval.decision').map(({ body }) => body['provenBy']);
      expect(new Set(proofs.map((each) => JSON.stringify(each))).size).toBe(20);
      expect(entries.filter(({ type }) => type === 'approval.ended')).toHaveLength(1);
    } finally {
      await proven.stop();
    }
  });
});

describe('a decision that nobody answers in time', () => {
  it('is kept, and is answered all the same when a worker comes while its answer is looked for', async () => {
    const asked = await ask(1);
    await client.request(asked.requestId);
    await mandate.rest(['worker']);

    const deciding = decide(mandate.client, asked.requestId, { by: 'person-1', verdict: 'approve' }, PATIENT);
    await until('the signal', async () => {
      const { events } = await mandate.client.workflow.getHandle(asked.workflowId).fetchHistory();
      return (events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes);
    });
    await mandate.work(['worker']);

    expect(await deciding).toMatchObject({ outcome: 'accepted', status: 'approved' });
    const { accepted } = await recordedOf(asked.requestId);
    expect(accepted).toEqual(['person-1']);
  });

  it('is only recorded while no worker is there, and counts once when one comes', async () => {
    const asked = await ask(1);
    await client.request(asked.requestId);
    await mandate.rest(['worker']);

    const outcome = await client.decide(asked.requestId, { by: 'person-1', verdict: 'approve' });
    await mandate.work(['worker']);

    expect(outcome).toEqual({ outcome: 'Recorded', status: 'pending' });
    expect(await asked.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'person-1' }] });
  });

  it('is not told as accepted when it was none', async () => {
    const asked = await ask(1);
    await client.request(asked.requestId);
    await mandate.rest(['worker']);

    const deciding = decide(mandate.client, asked.requestId, { by: 'mallory', verdict: 'approve' }, PATIENT);
    await until('the signal', async () => {
      const { events } = await mandate.client.workflow.getHandle(asked.workflowId).fetchHistory();
      return (events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes);
    });
    await mandate.work(['worker']);

    expect(await deciding).toMatchObject({ outcome: 'NotAnApprover', status: 'pending' });
  });
});
