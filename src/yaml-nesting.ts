import { isAlias, isCollection, isMap, isPair, isScalar, Lexer, Parser } from 'yaml';
import type { Document } from 'yaml';

export interface Misshapen {
  /** Where it stands in the text. */
  readonly offset: number;
  readonly message: string;
}

// Deeper data than this is an attack on recursive readers, not a file that somebody wrote.
const MAX_LEVELS = 100;

// Each part counts as often as aliases repeat it; no file that people write comes near.
const MAX_PARTS = 100_000;

/** Finds nesting that a recursive reader could not survive. To be asked before the text is read as a whole. */
export function tooDeepIn(text: string): Misshapen | undefined {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) continue;
    if (parser.stack.length > MAX_LEVELS) return { offset: parser.offset, message: TOO_DEEP };
  }
  return undefined;
}

const TOO_DEEP = `nested deeper than ${MAX_LEVELS} levels; write it flatter`;

interface Extent {
  readonly levels: number;
  readonly parts: number;
}

/** Finds aliases that name nothing or what they stand in, or by which a small text becomes data without measure. */
export function misuseOfAliases(document: Document): Misshapen | undefined {
  const extents = new Map<string, Extent | 'unfinished'>();
  let found: Misshapen | undefined;
  extentOf(document.contents);
  return found;

  function extentOf(node: unknown): Extent {
    if (found !== undefined) return { levels: 0, parts: 0 };
    if (isAlias(node)) return extentOfAlias(node.source, node.range?.[0] ?? 0);
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) extents.set(anchor, 'unfinished');
    const extent = sumOf(membersOf(node).map(extentOf));
    if (anchor !== undefined) extents.set(anchor, extent);
    return extent;
  }

  function extentOfAlias(name: string, offset: number): Extent {
    const extent = extents.get(name);
    if (extent === undefined) return fails(offset, `*${name} names nothing that stands before it; set &${name} there`);
    if (extent === 'unfinished') {
      return fails(offset, `*${name} stands within what it names, which so would never end; write out what is meant`);
    }
    if (extent.levels > MAX_LEVELS) return fails(offset, TOO_DEEP);
    if (extent.parts > MAX_PARTS) {
      return fails(offset, `*${name} repeats more than ${MAX_PARTS} parts; write out the few that are meant`);
    }
    return extent;
  }

  function fails(offset: number, message: string): Extent {
    found ??= { offset, message };
    return { levels: 0, parts: 0 };
  }
}

function sumOf(members: readonly Extent[]): Extent {
  const levels = members.reduce((most, member) => Math.max(most, member.levels), 0);
  const parts = members.reduce((sum, member) => sum + member.parts, 0);
  return { levels: levels + 1, parts: parts + 1 };
}

function membersOf(node: unknown): readonly unknown[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [key, value]);
  if (isPair(node)) return [node.key, node.value];
  return isCollection(node) ? node.items : [];
}
