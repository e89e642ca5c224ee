import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env['MANDATE_VECTORS'] ?? join(import.meta.dirname, 'data');

/**
 * The cases of one topic with their names, from the project's own copies or the folder that MANDATE_VECTORS names. A
 * file that is missing or holds no case fails: it must not pass for a topic that was checked.
 */
export function casesOf(topic: string): readonly (readonly [name: string, each: unknown])[] {
  const path = join(FOLDER, `${topic}.json`);
  const file = JSON.parse(readFileSync(path, 'utf8')) as { readonly cases?: readonly { readonly name: string }[] };
  if (!Array.isArray(file.cases) || file.cases.length === 0) {
    throw new Error(`${path} holds no cases; expected { "about": text, "cases": [ ... ] } with one case at least`);
  }
  return file.cases.map((each) => [each.name, each]);
}
