import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalize, digestOf } from '../contract/canonical.ts';
import { Draft } from '../contract/draft.ts';

export type DraftVerdict = 'ok' | 'malformed' | 'unknown_key' | 'bad_signature' | 'bad_digest' | 'expired';

export interface DraftCheck {
  /** Key ids to keys in lower-case hex. A member that is inherited, empty or no hex is no key. */
  readonly keys: Readonly<Record<string, string>>;
  readonly draft: unknown;
  readonly signature: unknown;
  /** An instant as text, or milliseconds since 1970. */
  readonly now: string | number;
}

/** Whether a signed draft may be carried out. Fails closed: the first check that fails is the verdict. */
export function checkDraft({ keys, draft: given, signature, now }: DraftCheck): DraftVerdict {
  const parsed = Draft.safeParse(given);
  if (!parsed.success || !isSignature(signature)) return 'malformed';
  const draft = parsed.data;

  const key = Object.hasOwn(keys, draft.keyId) ? keys[draft.keyId] : undefined;
  if (key === undefined || !/^(?:[0-9a-f]{2})+$/.test(key)) return 'unknown_key';
  if (!equalInConstantTime(signDraft(draft, hexToBytes(key)), signature)) return 'bad_signature';

  const { kind, target, payload } = draft;
  if (digestOf({ kind, target, payload }) !== draft.digest) return 'bad_digest';
  return new Date(now).getTime() < Date.parse(draft.expiresAt) ? 'ok' : 'expired';
}

/** HMAC-SHA-256 over the canonical form of the whole draft, as 64 lower-case hex digits. */
export function signDraft(draft: Draft, key: Uint8Array): string {
  return bytesToHex(hmac(sha256, key, utf8ToBytes(canonicalize(draft))));
}

function isSignature(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

// Looks at every digit, so that the time taken does not tell how many were right. Both sides have 64.
function equalInConstantTime(a: string, b: string): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
