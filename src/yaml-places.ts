import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Fault } from './contract/issues.ts';

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS);
  if (faults.length > 0) {
    return { ok: false, faults: faults.map(({ message, pos }) => `${file}:${place(pos[0])}: ${oneLine(message)}`) };
  }
  try {
    return {
      ok: true,
      value: document.toJS(),
      locate: (segments) => place(startOf(document, segments)),
    };
  } catch (error) {
    // Aliases that refer to nothing, or that would make the data grow without measure.
    return { ok: false, faults: [`${file}: ${oneLine(error instanceof Error ? error.message : String(error))}`] };
  }
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

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
