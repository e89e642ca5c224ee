import type { Verdict } from '../contract/approval.ts';
import { htmlToText } from './html-text.ts';

/** The decision that a reply is, or none. */
export type Reply =
  { readonly verdict: Verdict; readonly reason?: string } | { readonly verdict: null; readonly reason?: never };

export type ReplyType = 'text/plain' | 'text/html';

// The answer is this and nothing else: a word that merely holds it, or a sentence, decides nothing.
const ANSWER = /^(approve|reject)(?:\s*:(.*))?$/is;

/**
 * Reads a reply, whose transfer encoding and charset are undone. Fails towards no decision: only a first line of the
 * person's own that is exactly an answer decides.
 */
export function readReply(body: string, contentType: ReplyType = 'text/plain'): Reply {
  const text = contentType === 'text/html' ? htmlToText(body) : body;
  const [, word, rest = ''] = ANSWER.exec(firstOwnLine(text)) ?? [];
  if (word === undefined) return { verdict: null };
  const reason = rest.trim().replaceAll(/\s+/g, ' ');
  if (word.toLowerCase() === 'approve') return { verdict: 'approve', ...(reason === '' ? {} : { reason }) };
  return { verdict: 'reject', reason: reason === '' ? 'no reason given' : reason };
}

/** The first line that is neither empty nor quoted, trimmed; empty when there is none. */
function firstOwnLine(text: string): string {
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = line.trim();
    if (trimmed !== '' && !trimmed.startsWith('>')) return trimmed;
  }
  return '';
}
