import type { z } from 'zod';
import { cut } from './text.ts';

type Issue = z.core.$ZodIssue;

export interface Fault {
  /** Where, as one writes it: `stages[2].agent.tier`. */
  readonly path: string;
  readonly segments: readonly (string | number)[];
  readonly message: string;
}

/** The faults of a value that does not fit its schema, each with its path, what was given and what is allowed. */
export function faultsOf(error: z.ZodError, value: unknown): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, value, []));
}

/** All faults of a value in one line, the first few in full. */
export function describeIssues(error: z.ZodError, value: unknown): string {
  return describeFaults(faultsOf(error, value));
}

export function describeFaults(faults: readonly Fault[]): string {
  const shown = faults.slice(0, 5).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = faults.length > 5 ? [`and ${faults.length - 5} more`] : [];
  return [...shown, ...more].join('; ');
}

export function showPath(segments: readonly (string | number)[]): string {
  return segments
    .map((segment, index) =>
      typeof segment === 'number' ? `[${segment}]` : `${index === 0 ? '' : '.'}${name(segment)}`,
    )
    .join('');
}

function faultsOfIssue(issue: Issue, value: unknown, prefix: readonly PropertyKey[]): Fault[] {
  const path = [...prefix, ...issue.path];
  // Of a union's branches, the one that got furthest is the one that was meant.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a));
    if (depthOf(nearest) > 0) return nearest.flatMap((inner) => faultsOfIssue(inner, value, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fault([...path, key], 'unknown field; remove it or correct its name'));
  }
  // The value may well be right: it is the name that is not.
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => fault(path, `${message}, given ${show(path.at(-1))}`));
  }
  const given = valueAt(value, path);
  const words = wordsOf(issue);
  return [fault(path, given === undefined ? `is missing; ${words}` : `${words}, given ${show(given)}`)];
}

/** What a schema says itself; in our own words what it leaves to the validator. */
function wordsOf(issue: Issue): string {
  if (!/^(?:Invalid input|Too small|Too big): expected /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? `of the type ${issue.expected}`}`;
    case 'too_small':
      return `must ${sizeOf(issue.origin, (issue.inclusive ?? true) ? 'at least' : 'more than', issue.minimum)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, (issue.inclusive ?? true) ? 'at most' : 'less than', issue.maximum)}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Partial<Record<string, string>>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function sizeOf(origin: string, bound: string, count: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${count} character${count === 1 ? '' : 's'}`;
  if (origin === 'array') return `have ${bound} ${count} entr${count === 1 ? 'y' : 'ies'}`;
  return `be ${bound} ${count}`;
}

function fault(path: readonly PropertyKey[], message: string): Fault {
  const segments = path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  return { path: showPath(segments), segments, message };
}

function depthOf(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const segment of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[segment];
  }
  return at;
}

/** A field's name as it is, unless it is one that nobody would give a field. */
function name(segment: string): string {
  return /^\P{C}{0,60}$/u.test(segment) ? segment : show(segment);
}

/** In short, and harmless: a message must not be turned around, or hidden in part, by what it is about. */
function show(value: unknown): string {
  const text = textOf(value).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
  return text.length > 60 ? `${cut(text, 57)}...` : text;
}

/** Never throws: what somebody sends may be nested deeper than the stack goes. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'what cannot be shown';
  }
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}
