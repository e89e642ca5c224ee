/** A personal token: `mdt_`, the 64 bits of its id in hex, and the 256 bits of its secret in base64url. */
export interface PersonalToken {
  readonly id: string;
  /** In base64url. */
  readonly secret: string;
}

/** What is said of a token that is none. Never shows what was given, which may be one with a slip. */
export const TOKEN_FORM =
  'must be a personal token, whole and alone: mdt_, 16 hex digits, _ and 43 more characters, as `mandate tokens create` showed it once';

// The last character of 32 bytes in base64url holds four bits; any other spelling of the same bytes is refused.
const TOKEN = /^mdt_([0-9a-f]{16})_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/;

/** Reads a token; undefined for what is none. */
export function readPersonalToken(text: string): PersonalToken | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function formatPersonalToken({ id, secret }: PersonalToken): string {
  return `mdt_${id}_${secret}`;
}

/** The id of a token, as the store lists it. */
export function isTokenId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}
