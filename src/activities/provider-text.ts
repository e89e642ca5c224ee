import { cut } from '../contract/text.ts';

// Source of the number: the specification cuts what a provider says in an error at 300 characters.
const MAX_PROVIDER_TEXT = 300;

const SECRETS = [
  /\b(authorization|x-api-key|api[-_]?key|token|secret|password)(["']?\s*[:=]\s*["']?)(bearer\s+)?[^\s"',;&]+/gi,
  /\bbearer\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /\b(gh[pousr]_|github_pat_|xox[abpr]-|sk-|whsec_)[A-Za-z0-9_=+/-]{8,}/g,
  /\/\/[^\s/:@]+:[^\s/@]+@/g,
];

/** What a provider said, fit for a record: one line, cut, and stripped of what looks like a credential. */
export function withoutSecrets(text: string): string {
  const stripped = SECRETS.reduce((kept, pattern) => kept.replaceAll(pattern, '[removed]'), text);
  const line = stripped.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_PROVIDER_TEXT ? `${cut(line, MAX_PROVIDER_TEXT - 3)}...` : line;
}
