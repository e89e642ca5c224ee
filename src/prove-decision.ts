import { proofOf } from './activities/decision-proof.ts';
import { Decision } from './contract/approval.ts';
import { DecisionWire } from './contract/decision-wire.ts';
import { describeIssues, faultsOf } from './contract/issues.ts';
import { MandateError } from './mandate-error.ts';
import { readPersonalToken, TOKEN_FORM } from './policy/personal-token.ts';
import { provenPart } from './policy/token-proof.ts';
import { newId } from './new-id.ts';

/** A decision to be proven: with the digest of the action that the person saw. Without `decisionId`, one is made. */
export type DecisionToProve = Omit<DecisionWire, 'proof'>;

/**
 * The same decision with the proof that the owner of a personal token makes it: for this request, once, within 24 hours.
 * It can be sent by anybody and over any way (`decide`, or a signal without `verdict`), and be read by anybody: the token
 * is not in it. Needs no server.
 *
 * @throws MandateError `InvalidInput` for a malformed token, and for a decision that could not count.
 */
export function proveDecision(token: string, requestId: string, decision: DecisionToProve): DecisionWire {
  const owned = readPersonalToken(token);
  if (owned === undefined) throw new MandateError('InvalidInput', `The token ${TOKEN_FORM}.`);
  if (requestId.trim() === '') throw new MandateError('InvalidInput', 'The request id must not be blank.');
  const wire = { ...decision, decisionId: decision.decisionId ?? newId() };
  // The owner of the token is known to the store alone; who that is does not matter to the form.
  refuseMalformed(DecisionWire, { ...wire, by: wire.by ?? owned.id });
  refuseMalformed(Decision, { ...wire, by: wire.by ?? owned.id });
  const proven = provenPart(requestId, wire);
  if (proven === undefined) throw new MandateError('InvalidInput', 'A proof covers a digest and a decision id.');
  return { ...wire, proof: proofOf(owned, proven, Date.now()) };
}

function refuseMalformed(schema: typeof Decision | typeof DecisionWire, value: unknown): void {
  const { error } = schema.safeParse(value);
  if (error === undefined) return;
  throw new MandateError('InvalidInput', `The decision cannot be proven: ${describeIssues(error, value)}`, {
    faults: faultsOf(error, value),
  });
}
