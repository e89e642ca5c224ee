import { headerTokens } from './header-tokens.ts';
import type { HeaderToken } from './header-tokens.ts';
import { ignoringCase } from './sender-address.ts';

/** One result of a server that checked a message, names in small letters. */
interface MethodResult {
  readonly method: string;
  readonly result: string;
  /** `header.d`, `smtp.mailfrom` and others. */
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * The domains that a message is authenticated for, by DKIM or SPF, as the server told whose id is trusted: the topmost
 * of its headers alone, since it puts its own on top, and what stands below may have come with the message.
 */
export function authenticatedDomains(headers: readonly string[], trustedId: string): string[] {
  for (const header of headers) {
    const tokens = headerTokens(header, ';=', false);
    const [server = [], ...results] = parts(tokens);
    const [id, ...rest] = server.filter(({ kind }) => kind !== 'broken');
    if (id === undefined || !isText(id) || ignoringCase(id.text) !== ignoringCase(trustedId)) continue;
    if (!isVersion(rest) || tokens.some(isSuspicious)) return [];
    return results.flatMap((each) => domainOf(readResult(each)) ?? []);
  }
  return [];
}

/**
 * What no server writes by itself. Some copy the sender's address into a comment, whose quoted local part may hold a
 * parenthesis: then all that follows is the sender's.
 */
function isSuspicious({ kind, text }: HeaderToken): boolean {
  return kind === 'broken' || (kind === 'word' && text.includes(')'));
}

function isText({ kind }: HeaderToken): boolean {
  return kind === 'word' || kind === 'quoted';
}

/** What may follow the server's id: nothing, or a number. Anything else makes the header one that says nothing. */
function isVersion(tokens: readonly HeaderToken[]): boolean {
  if (tokens.length === 0) return true;
  const [version] = tokens;
  return tokens.length === 1 && version?.kind === 'word' && version.apart && /^\d+$/.test(version.text);
}

function parts(tokens: readonly HeaderToken[]): HeaderToken[][] {
  const found: HeaderToken[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'mark' && token.text === ';') found.push([]);
    else found.at(-1)?.push(token);
  }
  return found;
}

/** Reads `method[/version]=result name=value ...`; undefined where that is not what it is. */
function readResult(tokens: readonly HeaderToken[]): MethodResult | undefined {
  const [first, ...others] = pairsOf(tokens);
  if (first === undefined || first.quoted) return undefined;
  const method = /^([a-z0-9-]+)(?:\/\d+)?$/.exec(first.name)?.[1];
  if (method === undefined) return undefined;
  const properties = new Map<string, string>();
  for (const { name, value } of others) {
    // Of two that say different things, neither can be believed.
    if (properties.has(name)) return undefined;
    properties.set(name, value);
  }
  return { method, result: ignoringCase(first.value), properties };
}

interface Pair {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** Each `name = value`. A name may be written in pieces (`dkim / 1`, `header . d`); what belongs to no pair is left out. */
function pairsOf(tokens: readonly HeaderToken[]): Pair[] {
  const found: Pair[] = [];
  let begin = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    if (tokens[at]?.kind !== 'mark') continue;
    const name = nameBefore(tokens.slice(begin, at), found.length === 0);
    const value = valueAfter(tokens, at + 1);
    // What cannot be read must not make something else of what follows.
    if (name === undefined || value === undefined) return [];
    found.push({ name, value: value.text, quoted: value.quoted });
    begin = value.end;
    at = value.end - 1;
  }
  return found;
}

/** The last name of several words: its own pieces only. Before a method nothing else may stand. */
function nameBefore(tokens: readonly HeaderToken[], isMethod: boolean): string | undefined {
  if (tokens.length === 0 || tokens.some(({ kind }) => kind !== 'word')) return undefined;
  let first = tokens.length - 1;
  while (first > 0 && isOneName(tokens[first - 1], tokens[first])) first -= 1;
  if (isMethod && first > 0) return undefined;
  return ignoringCase(
    tokens
      .slice(first)
      .map(({ text }) => text)
      .join(''),
  );
}

function isOneName(before: HeaderToken | undefined, after: HeaderToken | undefined): boolean {
  return /[./]$/.test(before?.text ?? '') || /^[./]/.test(after?.text ?? '');
}

/** A word, which may end in `=` as base64 does, a quoted string, or a quoted local part and its domain. */
function valueAfter(
  tokens: readonly HeaderToken[],
  at: number,
): { readonly text: string; readonly quoted: boolean; readonly end: number } | undefined {
  const first = tokens[at];
  if (first === undefined || !isText(first)) return undefined;
  const quoted = first.kind === 'quoted';
  let { text } = first;
  let end = at + 1;
  for (let next = tokens[end]; next !== undefined && !next.apart; next = tokens[end]) {
    const fits = quoted ? end === at + 1 && next.kind === 'word' && next.text.startsWith('@') : next.kind === 'mark';
    if (!fits) return undefined;
    text += next.text;
    end += 1;
  }
  return { text, quoted, end };
}

function domainOf(found: MethodResult | undefined): string | undefined {
  if (found?.result !== 'pass') return undefined;
  const { method, properties } = found;
  if (method === 'spf') return lastPart(properties.get('smtp.mailfrom'), true);
  if (method !== 'dkim') return undefined;
  return properties.get('header.d') ?? lastPart(properties.get('header.i'), false);
}

/** What follows the last `@` of an address; a value without one is a domain itself, where it may be. */
function lastPart(value: string | undefined, mayBeBare: boolean): string | undefined {
  const at = value?.lastIndexOf('@') ?? -1;
  if (at >= 0) return value?.slice(at + 1);
  return mayBeBare ? value : undefined;
}
