import type { Json } from '../contract/json.ts';

/** What templates may name. `artifacts` holds the paths of stored bytes. */
export interface Scope {
  readonly inputs: { readonly [name: string]: Json };
  readonly run: { readonly id: string; readonly requester: string };
  readonly artifacts: { readonly [name: string]: string };
}

export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * Fills in `{{inputs.NAME}}`, `{{run.id}}`, `{{run.requester}}` and `{{artifacts.NAME}}`. Fails closed: a name that is
 * not there is an error, never an empty text.
 */
export function render(template: string, scope: Scope): Rendered {
  if (isUnclosed(template)) return { ok: false, message: UNCLOSED };
  const unknown: string[] = [];
  const text = template.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = lookUp(name, scope);
    if (value === undefined) unknown.push(name);
    return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (unknown.length === 0) return { ok: true, text };
  return { ok: false, message: `{{${unknown[0]}}} is not known here; known: ${knownNames(scope).join(', ')}` };
}

/** Whether a placeholder begins that never ends: what was to be filled in there would be left as it stands. */
export function isUnclosed(template: string): boolean {
  return template.replaceAll(PLACEHOLDER, ' ').includes('{{');
}

export const UNCLOSED = '{{ is never closed; close it with }}, as in {{run.id}}';

/** The names that a template mentions, for checks that are made before anything runs. */
export function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

function lookUp(name: string, scope: Scope): Json | undefined {
  const [head, ...rest] = name.split('.');
  const tail = rest.join('.');
  if (head !== 'inputs' && head !== 'run' && head !== 'artifacts') return undefined;
  const group: { readonly [name: string]: Json } = scope[head];
  return Object.hasOwn(group, tail) ? group[tail] : undefined;
}

function knownNames(scope: Scope): string[] {
  return [
    ...Object.keys(scope.inputs).map((name) => `inputs.${name}`),
    'run.id',
    'run.requester',
    ...Object.keys(scope.artifacts).map((name) => `artifacts.${name}`),
  ];
}
