import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Signs a text's UTF-8 bytes. */
export function signText(text: string, privateKey: KeyObject): Buffer {
  return sign(null, Buffer.from(text, 'utf8'), privateKey);
}

/** Whether the key's owner has signed the text. */
export function isSignedBy(key: KeyObject, text: string, signature: Buffer): boolean {
  return verify(null, Buffer.from(text, 'utf8'), key, signature);
}

/** The key of its 32 bytes, in base64url. */
export function publicKeyOf(raw: string): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw } });
}

/** The 32 bytes of a public key, or of a private key's public one, in base64url. */
export function rawPublicKey(key: KeyObject): string {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }).x ?? '';
}

// What PKCS #8 puts before the seed of an Ed25519 key (RFC 8410).
const BEFORE_SEED = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private key that a seed of 32 bytes stands for. */
export function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([BEFORE_SEED, seed]) });
}
