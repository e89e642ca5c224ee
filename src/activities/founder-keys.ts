import type { KeyObject } from 'node:crypto';
import { Founder } from '../contract/attestation.ts';
import type { Attestation, AttestationStatement } from '../contract/attestation.ts';
import { canonicalize } from '../contract/canonical.ts';
import { isSignedBy, publicKeyOf, rawPublicKey, signText } from './ed25519.ts';

/** The public keys whose statements count. A founder may have several. */
export type FounderKeys = readonly { readonly founder: string; readonly key: KeyObject }[];

const RAW_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** Reads `founder:base64` of the raw 32 bytes of Ed25519 public keys, separated by commas. Throws with what is wrong. */
export function parseFounderKeys(text: string): FounderKeys {
  return text.split(',').map((part, index) => {
    const [founder = '', encoded = '', ...rest] = part.trim().split(':');
    if (!Founder.safeParse(founder).success || !RAW_KEY.test(encoded) || rest.length > 0) {
      throw new Error(
        `MANDATE_FOUNDER_KEYS: key ${index + 1} is not of the form founder:key with the 32 bytes of an Ed25519 public key in base64; make one with: mandate attest keygen`,
      );
    }
    return { founder, key: publicKeyOf(Buffer.from(encoded, 'base64').toString('base64url')) };
  });
}

/** A public key as {@link parseFounderKeys} reads it. */
export function formatFounderKey(founder: string, key: KeyObject): string {
  return `${founder}:${Buffer.from(rawPublicKey(key), 'base64url').toString('base64')}`;
}

/** Signs a statement with an Ed25519 private key. */
export function signStatement(statement: AttestationStatement, privateKey: KeyObject): Attestation {
  return { statement, signature: signText(canonicalize(statement), privateKey).toString('base64') };
}

/** Whether one of the founder's own keys has signed the statement. */
export function isSignedByFounder({ statement, signature }: Attestation, keys: FounderKeys): boolean {
  const text = canonicalize(statement);
  const given = Buffer.from(signature, 'base64');
  return keys.some(({ founder, key }) => founder === statement.founder && isSignedBy(key, text, given));
}
