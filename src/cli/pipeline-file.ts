import { readFile } from 'node:fs/promises';
import type { Fault } from '../contract/issues.ts';
import { InvalidJson, parseStrictJson } from '../contract/strict-json.ts';
import { readYaml } from '../yaml-places.ts';
import { invalidInput } from './errors.ts';

export interface PipelineFile {
  readonly value: unknown;
  /** Where a part of it stands, as `line:column`. */
  locate(segments: Fault['segments']): string;
}

/** Reads a pipeline: YAML, or JSON when the name ends so. Throws InvalidInput with file, line and column. */
export async function readPipelineFile(file: string): Promise<PipelineFile> {
  const text = await readText(file);
  if (file.endsWith('.json')) refuseLaxJson(file, text);
  const read = readYaml(file, text);
  if (!read.ok) throw invalidInput(read.faults.join('\n'));
  return read;
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
