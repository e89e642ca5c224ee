import { canonicalize } from '../contract/canonical.ts';
import { MAIL_PROOF_PREFIX } from '../contract/decision-wire.ts';
import type { DecisionWire } from '../contract/decision-wire.ts';
import type { ProvenDecision } from '../contract/proof.ts';

/** What stands in `proof`: by which token, when, and an Ed25519 signature in base64url. */
export interface TokenProof {
  readonly token: string;
  /** Milliseconds since 1970, by the clock of whoever made it. */
  readonly timeMs: number;
  readonly signature: string;
}

export const TOKEN_PROOF_PREFIX = 'mp1.';

// Signed with every proof, so that no signature made for anything else is one.
const VERSION = 'mandate-proof-1';

// A time has one spelling, and the last character of 64 bytes in base64url holds two bits.
const PROOF = /^mp1\.([0-9a-f]{16})\.([1-9][0-9]{0,15})\.([A-Za-z0-9_-]{85}[AQgw])$/;

// A proof is for the decision of this moment.
const LIFE_MS = 24 * 3_600_000;
const LIFE_HOURS = LIFE_MS / 3_600_000;
// Clocks of people's machines are not always right.
export const SLACK_MS = 5 * 60_000;
const SLACK_MINUTES = SLACK_MS / 60_000;

const FORM = 'mp1.TOKEN.TIME.SIGNATURE, as `mandate prove` and the library make it';

export const PROOF_RULE =
  'a proof covers the request, the verdict, the digest, the decision id, the reason, the group, the edits and its time, exactly as they are sent; ' +
  'make a new one for what is sent: mandate prove';

/** Why a text is no proof of any kind, whoever it may be from; undefined where that has to be looked up. */
export function faultOfForm(proof: string): string | undefined {
  if (proof.startsWith(MAIL_PROOF_PREFIX)) return undefined;
  if (!proof.startsWith(TOKEN_PROOF_PREFIX)) {
    return `The proof is none that is known: it must be ${FORM}, or mail.ID for an answer by e-mail.`;
  }
  if (readTokenProof(proof) !== undefined) return undefined;
  return `The proof is incomplete or was changed: it must be ${FORM}.`;
}

/** Reads a proof; undefined for what is none. */
export function readTokenProof(text: string): TokenProof | undefined {
  const [, token, time, signature] = PROOF.exec(text) ?? [];
  if (token === undefined || time === undefined || signature === undefined) return undefined;
  const timeMs = Number(time);
  return Number.isSafeInteger(timeMs) ? { token, timeMs, signature } : undefined;
}

export function formatTokenProof({ token, timeMs, signature }: TokenProof): string {
  return `${TOKEN_PROOF_PREFIX}${token}.${timeMs}.${signature}`;
}

/** The text whose UTF-8 bytes are signed: canonical JSON, so that every program comes to the same bytes. */
export function signedText({ token, timeMs }: Omit<TokenProof, 'signature'>, decision: ProvenDecision): string {
  return canonicalize({ version: VERSION, token, time: timeMs, decision });
}

/** What a proof has to cover of a decision that came by wire; undefined where that lacks what every proof binds. */
export function provenPart(requestId: string, wire: DecisionWire): ProvenDecision | undefined {
  const { verdict, decisionId, digest, reason, group, edits } = wire;
  if (decisionId === undefined || digest === undefined) return undefined;
  return {
    requestId,
    decisionId,
    verdict,
    digest,
    ...(reason === undefined ? {} : { reason }),
    ...(group === undefined ? {} : { group }),
    ...(edits === undefined ? {} : { edits }),
  };
}

/** Why a proof's time does not fit the request and the arrival; undefined when it does. */
export function faultOfTime(timeMs: number, { createdAtMs, arrivedAtMs }: Window): string | undefined {
  if (timeMs < createdAtMs - SLACK_MS) {
    return `The proof is older than the request, which was made at ${at(createdAtMs)}; make a new one: mandate prove.`;
  }
  if (timeMs > arrivedAtMs + SLACK_MS) {
    return `The proof's time lies more than ${SLACK_MINUTES} minutes ahead of its arrival at ${at(arrivedAtMs)}; set the clock of the machine that makes it, and make a new one.`;
  }
  if (timeMs < arrivedAtMs - LIFE_MS) {
    return `The proof was made more than ${LIFE_HOURS} hours before it arrived at ${at(arrivedAtMs)}; make a new one: mandate prove.`;
  }
  return undefined;
}

interface Window {
  /** When the request was made. */
  readonly createdAtMs: number;
  /** When the decision was taken up. */
  readonly arrivedAtMs: number;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
