import type { Command } from 'commander';
import type { Action } from '../contract/action.ts';
import { digestOf } from '../contract/canonical.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { InvalidJson, parseStrictJson } from '../contract/strict-json.ts';
import { editedAction } from '../policy/edited-action.ts';
import { jsonText, plain } from '../policy/plain-text.ts';
import { usageError } from './errors.ts';

// No text that people edit begins so by chance.
const BEGINS_AS_JSON = /^\s*[[{"]/;

/** Adds `--edit`, which may be given several times; its values are for {@link readEdits}, which `how` tells of. */
export function withEdits(command: Command, how: string): Command {
  return command.option(
    '--edit <field=value>',
    `approve with this field of the payload changed; ${how}. May be given several times`,
    (value: string, before: readonly string[]) => [...before, value],
    [],
  );
}

/**
 * The fields and their new values; undefined for none. Each is JSON where it reads as such, else text; but what is text
 * in `payload` stays text, unless it is typed as JSON with a quote, a bracket or a brace: an amount is no number.
 */
export function readEdits(given: readonly string[] = [], payload: JsonObject = {}): JsonObject | undefined {
  if (given.length === 0) return undefined;
  const edits = given.map((text) => readEdit(text, payload));
  const names = edits.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw usageError(`--edit names the field "${twice}" twice; keep one.`, { field: 'edit', given: twice });
  // fromEntries makes each field the object's own, one named __proto__ too.
  return Object.fromEntries(edits) as JsonObject;
}

/** An action as it is once it is edited, and what that changed. */
interface Edit {
  readonly digest: string;
  readonly action: Action;
  readonly changes: Readonly<Record<string, Change>>;
}

interface Change {
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

export function editOf(action: Action, edits: JsonObject): Edit {
  const edited = editedAction(action, edits);
  const changes = Object.fromEntries(
    Object.entries(edits).map(([field, after]) => [field, { before: action.payload[field], after }]),
  );
  return { digest: digestOf(edited), action: edited, changes };
}

/** For people to read. */
export function changeText([field, { before, after }]: [string, Change]): string {
  return `${plain(field)}: ${before === undefined ? 'new' : jsonText(before)} becomes ${jsonText(after)}`;
}

function readEdit(text: string, payload: JsonObject): [string, unknown] {
  const at = text.indexOf('=');
  const field = text.slice(0, Math.max(at, 0));
  if (field.trim() === '')
    throw usageError('--edit takes FIELD=VALUE, such as --edit title="Good morning".', { field: 'edit', given: text });
  const value = text.slice(at + 1);
  if (typeof payload[field] === 'string' && !BEGINS_AS_JSON.test(value)) return [field, value];
  return [field, readValue(field, value)];
}

function readValue(field: string, text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    // What was meant as JSON must not become text because of a slip.
    if (!BEGINS_AS_JSON.test(text)) return text;
    throw usageError(`--edit ${field}: begins like JSON and is none: ${error.message}.`, {
      field: 'edit',
      given: text,
      cause: error,
    });
  }
}
