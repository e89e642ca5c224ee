import type { Verified, VerifyInput } from '../contract/proof.ts';
import type { Principal } from '../contract/principal.ts';
import { faultOfForm, faultOfTime, PROOF_RULE, provenPart, readTokenProof } from '../policy/token-proof.ts';
import type { TokenProof } from '../policy/token-proof.ts';
import type { Store } from '../store/open.ts';
import type { StoredToken } from '../store/tokens.ts';
import { isProofOf } from './decision-proof.ts';

export interface VerifyDeps {
  readonly store: Pick<Store, 'principals' | 'proofs' | 'tokens'>;
  /** Whether whoever may signal in the namespace is believed to be who they say. */
  readonly trustNamespace: boolean;
  /** Judges proofs that begin with `mail.`; without it, none counts. */
  readonly verifyMail?: (input: VerifyInput) => Promise<Verified>;
}

/**
 * Who has made a decision, by its proof; or, where the namespace is trusted, by its word. Fails closed: what is not
 * certainly somebody's is nobody's.
 *
 * A proof is for one request, also when another has its id later; that one judges each of its decisions once.
 */
export async function verifyDecision(input: VerifyInput, deps: VerifyDeps): Promise<Verified> {
  const { proof } = input.decision;
  if (proof === undefined) return byName(input, deps);
  const verified = await byProof(input, proof, deps);
  if (!verified.ok || (await deps.store.proofs.use(proof, input.execution, input.arrivedAt))) return verified;
  return invalid('The proof was for an earlier request under this id; look at this one, and decide anew.');
}

async function byProof(input: VerifyInput, given: string, deps: VerifyDeps): Promise<Verified> {
  const fault = faultOfForm(given);
  if (fault !== undefined) return invalid(fault);
  const proof = readTokenProof(given);
  if (proof !== undefined) return byToken(input, proof, deps);
  return deps.verifyMail?.(input) ?? invalid('Decisions by e-mail are not configured here; decide in another way.');
}

async function byName({ decision: { by } }: VerifyInput, { store, trustNamespace }: VerifyDeps): Promise<Verified> {
  if (by === undefined) return invalid('The decision does not say whose it is, and has no proof.');
  if (!trustNamespace) return notAnApprover(`Nothing proves that this is ${by}'s decision. ${HOW_TO_PROVE}`);
  const known = await store.principals.get(by);
  const fault = known && faultOfPrincipal(known);
  return fault === undefined ? { ok: true, by, provenBy: { kind: 'namespace' } } : notAnApprover(fault);
}

async function byToken(input: VerifyInput, proof: TokenProof, { store }: VerifyDeps): Promise<Verified> {
  const token = await store.tokens.get(proof.token);
  if (token === undefined) return notAnApprover(`There is no token ${proof.token}. ${OTHER_TOKEN}`);
  const proven = provenPart(input.requestId, input.decision);
  const isGenuine = proven !== undefined && isProofOf(proof, proven, token.publicKey);
  // It never holds again, so no proof made with it need be remembered as used up.
  const lost = faultOfToken(token, input.arrivedAt);
  if (lost !== undefined) return notAnApprover(lost);
  const fault = faultOfOwner(token, await store.principals.get(token.principal));
  const verified = fault === undefined ? judgeProof(input, proof, token, isGenuine) : notAnApprover(fault);
  return isGenuine ? { ...verified, genuine: { madeWith: token.id, madeAtMs: proof.timeMs } } : verified;
}

function judgeProof(
  { requestId, createdAt, arrivedAt, decision }: VerifyInput,
  proof: TokenProof,
  { id, principal }: StoredToken,
  isGenuine: boolean,
): Verified {
  const missing = (['digest', 'decisionId'] as const).find((field) => decision[field] === undefined);
  if (missing !== undefined) return invalid(`${missing}: is missing; it must be sent with a proof, which covers it.`);
  if (!isGenuine) return invalid(`The proof is not for this decision on request ${requestId}: ${PROOF_RULE}.`);
  if (decision.by !== undefined && decision.by !== principal) {
    return invalid(
      `by: names ${decision.by}, and the proof was made with a token of ${principal}; leave it out, or let them agree.`,
    );
  }
  const late = faultOfTime(proof.timeMs, { createdAtMs: Date.parse(createdAt), arrivedAtMs: Date.parse(arrivedAt) });
  if (late !== undefined) return invalid(late);
  return { ok: true, by: principal, provenBy: { kind: 'token', token: id } };
}

function faultOfToken({ id, revokedAt, expiresAt }: StoredToken, arrivedAt: string): string | undefined {
  if (revokedAt !== null) return `The token ${id} was revoked at ${revokedAt}. ${OTHER_TOKEN}`;
  return expiresAt <= arrivedAt ? `The token ${id} has expired at ${expiresAt}. ${OTHER_TOKEN}` : undefined;
}

function faultOfOwner({ id }: StoredToken, owner: Principal | undefined): string | undefined {
  return owner === undefined ? `The owner of the token ${id} is not known. ${OTHER_TOKEN}` : faultOfPrincipal(owner);
}

function faultOfPrincipal({ id, kind, disabledAt }: Principal): string | undefined {
  if (kind !== 'person') return `${id} is an agent, and only people decide.`;
  if (disabledAt !== null) {
    return `${id} was disabled at ${disabledAt} and decides nothing any more; an operator can undo it: mandate people enable.`;
  }
  return undefined;
}

const HOW_TO_PROVE =
  'Decide with `mandate approve` or `mandate reject` and your own MANDATE_TOKEN, or send a proof made with `mandate prove`.';
const OTHER_TOKEN = 'Decide with one that is valid; an operator issues it: mandate tokens create.';

function invalid(message: string): Verified {
  return { ok: false, outcome: 'Invalid', message };
}

function notAnApprover(message: string): Verified {
  return { ok: false, outcome: 'NotAnApprover', message };
}
