import { MailParser } from 'mailparser';
import { hashOfToken } from '../activities/mail/mail-secret.ts';
import { tokensIn } from '../contract/mail-token.ts';
import { readReply } from '../policy/reply.ts';
import type { Reply } from '../policy/reply.ts';
import { evidenceText } from './evidence.ts';
import type { MailContent } from './evidence.ts';

/** More is not read: an answer is a few lines, and whoever sends more sends something else. */
export const MAX_BYTES = 1_000_000;

/**
 * Reads what of a message may be evidence. `source` is the message, or its beginning where it has more than
 * {@link MAX_BYTES}. Never throws: what cannot be read is no decision.
 */
export async function readMessage(source: Uint8Array, isWhole: boolean): Promise<MailContent> {
  const headers = headersOf(source);
  const text = isWhole ? await textOf(source) : 'too_large';
  const raw = (name: string): string | null => one(headers, name);
  return {
    from: raw('from'),
    inReplyTo: raw('in-reply-to'),
    references: lastPart(raw('references')),
    messageId: raw('message-id'),
    autoSubmitted: raw('auto-submitted'),
    precedence: raw('precedence'),
    returnPath: raw('return-path'),
    authenticationResults: all(headers, 'authentication-results').slice(0, MAX_RESULTS).map(cutResults),
    ...(typeof text === 'string'
      ? { tokenHashes: [], verdict: null, unread: text }
      : { tokenHashes: text.tokens.map(hashOfToken), ...cutReply(text.reply) }),
  };
}

const MAX_RESULTS = 20;
// Beyond this a header says nothing that anybody should rely on; it also bounds what a history holds.
const MAX_HEADER = 8_000;
const MAX_REASON = 10_000;

interface Header {
  readonly name: string;
  readonly value: string;
}

/** The headers at the top, in their order, raw but for their line ends. */
function headersOf(source: Uint8Array): Header[] {
  const text = evidenceText(Buffer.from(source).toString('utf8'));
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  const headers: { name: string; value: string }[] = [];
  for (const line of text.slice(0, end).split(/\r?\n/)) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value += `\r\n${line}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon > 0)
      headers.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() });
  }
  return headers;
}

function all(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => header.name === name).map(({ value }) => value);
}

/** A header that may stand once. One that stands twice, or is too long, is as good as none that can be read. */
function one(headers: readonly Header[], name: string): string | null {
  const [first, ...more] = all(headers, name);
  if (first === undefined) return null;
  if (name === 'references') return [first, ...more].join(' ');
  return more.length > 0 || first.length > MAX_HEADER ? '' : first;
}

/** A long thread has its newest messages last. */
function lastPart(references: string | null): string | null {
  if (references === null || references.length <= MAX_HEADER) return references;
  const end = references.slice(-MAX_HEADER);
  return evidenceText(end.slice(Math.max(end.indexOf('<'), 0)));
}

/** What is cut off must not leave the beginning of a result behind, which would be another one. */
function cutResults(value: string): string {
  if (value.length <= MAX_HEADER) return value;
  const begin = value.slice(0, MAX_HEADER);
  return begin.slice(0, Math.max(begin.lastIndexOf(';'), 0));
}

function cutReply(reply: Reply): Reply {
  if (reply.reason === undefined) return reply;
  return { ...reply, reason: evidenceText(reply.reason.slice(0, MAX_REASON)) };
}

interface Text {
  readonly reply: Reply;
  readonly tokens: readonly string[];
}

async function textOf(source: Uint8Array): Promise<Text | 'broken'> {
  try {
    const { plain, html } = await bodyOf(source);
    const reply = plain === undefined ? readReply(html ?? '', 'text/html') : readReply(plain);
    // A quotation of ours may stand in either.
    return { reply, tokens: tokensIn(`${plain ?? ''}\n${html ?? ''}`) };
  } catch {
    return 'broken';
  }
}

/** The text of a message without what is attached to it. `plain` is there, maybe empty, where it has a plain part. */
async function bodyOf(
  source: Uint8Array,
): Promise<{ readonly plain: string | undefined; readonly html: string | undefined }> {
  const parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    keepDeliveryStatus: true,
    // What others wrote, and was passed on, is not what the sender answers.
    ignoreEmbedded: true,
    checksumAlgo: false,
  });
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('data', (part) => {
      if (part.type !== 'attachment') return;
      part.content.on('end', () => part.release?.());
      part.content.resume();
    });
    parser.on('end', resolve);
    parser.on('error', reject);
  });
  parser.end(Buffer.from(source));
  await ended;
  const text = parser.text === false ? undefined : parser.text;
  const html = parser.html === false ? undefined : parser.html;
  return { plain: hasPlainPart(parser) ? (text ?? '') : undefined, html };
}

/** Without this an empty plain part could not be told from none. */
function hasPlainPart(parser: MailParser): boolean {
  const { hasText } = parser as unknown as { readonly hasText: unknown };
  if (typeof hasText !== 'boolean') throw new Error('mailparser no longer tells whether there is a plain part.');
  return hasText;
}
