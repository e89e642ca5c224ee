import { createHash, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ProvenDecision } from '../contract/proof.ts';
import { formatPersonalToken } from '../policy/personal-token.ts';
import type { PersonalToken } from '../policy/personal-token.ts';
import { formatTokenProof, signedText } from '../policy/token-proof.ts';
import type { TokenProof } from '../policy/token-proof.ts';
import { isSignedBy, privateKeyOf, publicKeyOf, rawPublicKey, signText } from './ed25519.ts';

// The secret is used for this alone; should it ever serve another end, the key of that one will be another.
const SEED_PREFIX = 'mandate-token-1\n';

const RAW_KEY = /^[A-Za-z0-9_-]{43}$/;

/** A new token, to be shown once, and all that is kept of it. */
export function newPersonalToken(): { readonly token: string; readonly id: string; readonly publicKey: string } {
  const token = { id: randomBytes(8).toString('hex'), secret: randomBytes(32).toString('base64url') };
  return { token: formatPersonalToken(token), id: token.id, publicKey: rawPublicKey(keyOf(token)) };
}

/** The proof that the token's owner decides so, made at this time. */
export function proofOf(token: PersonalToken, decision: ProvenDecision, timeMs: number): string {
  const made = { token: token.id, timeMs };
  const signature = signText(signedText(made, decision), keyOf(token)).toString('base64url');
  return formatTokenProof({ ...made, signature });
}

/** Whether a proof was made with the token of this public key (base64url), for exactly this decision. */
export function isProofOf(proof: TokenProof, decision: ProvenDecision, publicKey: string): boolean {
  // What somebody has changed in the store verifies nothing, and stops nothing.
  if (!RAW_KEY.test(publicKey)) return false;
  return isSignedBy(publicKeyOf(publicKey), signedText(proof, decision), Buffer.from(proof.signature, 'base64url'));
}

function keyOf({ secret }: PersonalToken): KeyObject {
  const seed = createHash('sha256').update(SEED_PREFIX).update(Buffer.from(secret, 'base64url')).digest();
  return privateKeyOf(seed);
}
