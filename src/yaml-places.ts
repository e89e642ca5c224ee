import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { YAMLError } from 'yaml';
import type { Fault } from './contract/issues.ts';
import { misuseOfAliases, tooDeepIn } from './yaml-nesting.ts';
import type { Misshapen } from './yaml-nesting.ts';

/** A YAML text that was read, every part of which can be found again. */
interface ReadYaml {
  readonly ok: true;
  readonly value: unknown;
  /** Where a part of it stands, as `line:column`. */
  locate(segments: Fault['segments']): string;
}

interface BadYaml {
  readonly ok: false;
  /** One line each, which begins with the file and, where there is one, `line:column`. */
  readonly faults: readonly string[];
}

type Place = { readonly range?: readonly [number, ...number[]] | null | undefined };

// More would not help whoever has to correct them.
const MAX_FAULTS = 5;

/** Reads YAML, or JSON; `file` is its name, for the faults. */
export function readYaml(file: string, text: string): ReadYaml | BadYaml {
  const bad = (faults: readonly Misshapen[]): BadYaml => ({
    ok: false,
    faults: faults
      .slice(0, MAX_FAULTS)
      .map(({ offset, message }) => `${file}:${placeOf(text, offset)}: ${oneLine(message)}`),
  });
  const deep = tooDeepIn(text);
  if (deep !== undefined) return bad([deep]);
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map(misshapen);
  if (faults.length > 0) return bad(faults);
  const misuse = misuseOfAliases(document);
  if (misuse !== undefined) return bad([misuse]);
  return {
    ok: true,
    // What aliases may do has been judged.
    value: document.toJS({ maxAliasCount: -1 }),
    locate: (segments) => placeOf(text, startOf(document, segments)),
  };
}

function misshapen({ code, message, pos }: YAMLError): Misshapen {
  if (code !== 'MULTIPLE_DOCS') return { offset: pos[0], message };
  return { offset: pos[0], message: 'a second document begins here; a file holds one, so put this one into its own' };
}

/** Where the name of a member stands, or an item of a list; of what is missing, where its nearest parent begins. */
function startOf(document: ReturnType<typeof parseDocument>, segments: Fault['segments']): number {
  let node: unknown = document.contents;
  let start = offsetOf(node) ?? 0;
  for (const segment of segments) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) return start;
      start = offsetOf(pair.key) ?? start;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      start = offsetOf(node) ?? start;
    } else {
      return start;
    }
  }
  return start;
}

function offsetOf(node: unknown): number | undefined {
  return (node as Place | null | undefined)?.range?.[0];
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
