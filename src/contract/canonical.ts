import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';

/** How deep objects and arrays may nest: far beyond any real action, and well within every engine's stack. */
export const MAX_DEPTH = 1000;

/** `sha256:` and 64 lower-case hex digits. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits');
export type Digest = z.infer<typeof Digest>;

/** Thrown for a value that has no canonical JSON form; `path` leads to the part that has none. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], found: string) {
    const where = path.length === 0 ? 'the value' : path.map((step) => `[${JSON.stringify(step)}]`).join('');
    super(
      `No canonical JSON for ${where}: ${found}; allowed are null, booleans, finite numbers, text, lists and objects`,
    );
    this.path = path;
  }
}

/**
 * The RFC 8785 text of a JSON value. Member names are data, whatever they are; nothing is left out or converted
 * (no `toJSON`, no dropped `undefined`), because a digest must cover everything that is there.
 *
 * @throws NotCanonical for anything that JSON text cannot say, and for text with a lone surrogate.
 */
export function canonicalize(value: unknown): string {
  return write(value, []);
}

/** The digest of a value's canonical form. Throws {@link NotCanonical} where there is none. */
export function digestOf(value: unknown): Digest {
  return `sha256:${sha256Hex(canonicalize(value))}`;
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes, as 64 lower-case hex digits. */
export function sha256Hex(input: Uint8Array | string): string {
  return bytesToHex(sha256(typeof input === 'string' ? utf8ToBytes(input) : input));
}

/** Whether a value has a canonical form. */
export function isCanonical(value: unknown): boolean {
  try {
    canonicalize(value);
    return true;
  } catch (error) {
    if (error instanceof NotCanonical) return false;
    throw error;
  }
}

/** Whether a text is free of lone surrogates, which UTF-8 cannot carry. */
export function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

function write(value: unknown, path: (string | number)[]): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeText(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotCanonical(path, `the number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new NotCanonical(path, `a value of type ${typeof value}`);
  if (path.length >= MAX_DEPTH) throw new NotCanonical(path.slice(0, 3), `nested deeper than ${MAX_DEPTH} levels`);
  return Array.isArray(value) ? writeList(value, path) : writeObject(value, path);
}

function writeText(text: string, path: readonly (string | number)[]): string {
  if (!isWellFormed(text)) throw new NotCanonical(path, 'text with a lone surrogate');
  return JSON.stringify(text);
}

function writeList(list: readonly unknown[], path: (string | number)[]): string {
  // Array.from visits holes too, so that a sparse list is refused like one with undefined in it.
  return `[${Array.from(list, (item, index) => writePart(item, index, path)).join(',')}]`;
}

function writeObject(object: object, path: (string | number)[]): string {
  if (!isPlain(object))
    throw new NotCanonical(path, `an instance of a class (${Object.prototype.toString.call(object)})`);
  // The default order compares UTF-16 code units, as RFC 8785 asks.
  const members = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, part]) => `${writeText(name, path)}:${writePart(part, name, path)}`).join(',')}}`;
}

function writePart(part: unknown, step: string | number, path: (string | number)[]): string {
  path.push(step);
  const text = write(part, path);
  path.pop();
  return text;
}

// Asks for a prototype without prototype rather than for Object.prototype: the value may come from another realm.
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
