import { z } from 'zod';
import { Name } from '../../contract/names.ts';
import { AccessToken, BaseUrl } from './provider-setting.ts';

/** How one npm registry is reached. */
export interface NpmAccess {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** The scopes, `@` included, whose packages may be published there; with none named, all packages may. */
  readonly scopes: readonly string[];
}

const Scope = z.string().regex(/^@[a-z0-9~-][a-z0-9._~-]*$/, 'must be a scope like @acme');
const Entry = z.tuple([Name, BaseUrl, AccessToken], Scope);

/** Reads `NAME URL TOKEN [@scope ...]`, entry by entry, on lines or between commas. Tells faults without the token. */
export function parseNpmRegistries(text: string): readonly NpmAccess[] {
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry);
  const names = entries.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`MANDATE_NPM_REGISTRIES names the registry ${twice} twice; keep one.`);
  return entries;
}

function parseEntry(entry: string, index: number): NpmAccess {
  const read = Entry.safeParse(entry.split(/\s+/));
  if (!read.success) {
    const parts = ['name', 'URL', 'token'];
    const faults = read.error.issues.map(({ path, message }) => `${parts[Number(path[0])] ?? 'scope'} ${message}`);
    throw new Error(
      `MANDATE_NPM_REGISTRIES: entry ${index + 1} must be NAME URL TOKEN [@scope ...]; ${faults.join('; ')}.`,
    );
  }
  const [name, url, token, ...scopes] = read.data;
  return { name, url, token, scopes };
}
