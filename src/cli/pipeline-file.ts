import { readFile } from 'node:fs/promises';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { Fault } from '../contract/issues.ts';
import { InvalidJson, parseStrictJson } from '../contract/strict-json.ts';
import { invalidInput } from './errors.ts';

export interface PipelineFile {
  readonly value: unknown;
  /** Where a part of it stands, as `line:column`. */
  locate(segments: Fault['segments']): string;
}

type Place = { readonly range?: readonly [number, ...number[]] | null | undefined };

/** Reads a pipeline: YAML, or JSON when the name ends so. Throws InvalidInput with file, line and column. */
export async function readPipelineFile(file: string): Promise<PipelineFile> {
  const text = await readText(file);
  if (file.endsWith('.json')) refuseLaxJson(file, text);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const shown = faults.slice(0, 5).map(({ message, pos }) => `${file}:${place(lines, pos[0])}: ${oneLine(message)}`);
    throw invalidInput(shown.join('\n'));
  }
  return {
    value: valueOf(document, file),
    locate: (segments) => place(lines, startOf(document, segments)),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw invalidInput(`${file}: ${why}; name the file of a pipeline, in YAML or JSON.`, {
      field: 'PIPELINE',
      given: file,
      cause,
    });
  }
}

function refuseLaxJson(file: string, text: string): void {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    const what = error.message.replace(/^line \d+, column \d+: /, '');
    throw invalidInput(`${file}:${error.line}:${error.column}: ${what}`, { cause: error });
  }
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    // Aliases that refer to nothing, or that would make the data grow without measure.
    throw invalidInput(`${file}: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`, { cause });
  }
}

/** Where the name of a member stands, or an item of a list; of what is missing, where its nearest parent begins. */
function startOf(document: Document, segments: Fault['segments']): number {
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

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${line}:${col}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
