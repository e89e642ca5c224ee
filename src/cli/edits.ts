import type { Command } from 'commander';
import type { JsonObject } from '../contract/json.ts';
import { InvalidJson, parseStrictJson } from '../contract/strict-json.ts';
import { usageError } from './errors.ts';

/** Adds `--edit`, which may be given several times; its values are for {@link readEdits}. */
export function withEdits(command: Command): Command {
  return command.option(
    '--edit <field=value>',
    'approve with this field of the payload changed; as JSON where it is, else as text. May be given several times',
    (value: string, before: readonly string[]) => [...before, value],
    [],
  );
}

/** The fields and their new values; undefined for none. */
export function readEdits(given: readonly string[] = []): JsonObject | undefined {
  if (given.length === 0) return undefined;
  const edits = given.map(readEdit);
  const names = edits.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw usageError(`--edit names the field "${twice}" twice; keep one.`, { field: 'edit', given: twice });
  // fromEntries makes each field the object's own, one named __proto__ too.
  return Object.fromEntries(edits) as JsonObject;
}

function readEdit(text: string): [string, unknown] {
  const at = text.indexOf('=');
  const field = text.slice(0, Math.max(at, 0));
  if (field.trim() === '')
    throw usageError('--edit takes FIELD=VALUE, such as --edit title="Good morning".', { field: 'edit', given: text });
  return [field, readValue(field, text.slice(at + 1))];
}

function readValue(field: string, text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    // What was meant as JSON must not become text because of a slip.
    if (!/^\s*[[{"]/.test(text)) return text;
    throw usageError(`--edit ${field}: begins like JSON and is none: ${error.message}.`, {
      field: 'edit',
      given: text,
      cause: error,
    });
  }
}
