import type { z } from 'zod';
import { givenText } from './given-text.ts';

/** Settings that hold addresses, of which all but scheme and host may be a secret. */
const ADDRESSES = new Set([
  'MANDATE_WEBHOOK_URLS',
  'MANDATE_NOTIFY_WEBHOOKS',
  'MANDATE_GITHUB_URL',
  'MANDATE_MAIL_LINKS',
]);

/** The rule that was broken, where the schema does not say it in words of its own; for `safeParse`. */
export function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_format':
      return issue.format === 'url' ? 'must be an http:// or https:// address' : undefined;
    case 'invalid_value':
      return `must be ${issue.values.join(' or ')}`;
    case 'invalid_type':
      return issue.expected === 'number' ? 'must be a number' : undefined;
    default:
      return undefined;
  }
}

/** The faults of the environment, each with its setting and what was given, unless that is or may hold a secret. */
export function settingFaults(
  { issues }: z.ZodError,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
): string {
  const faults = issues.map((issue) => {
    const [name = '', ...place] = issue.path.map(String);
    const value = place.length === 0 ? env[name] : issue.input;
    const given = secrets.includes(name) || typeof value !== 'string' ? undefined : shown(name, value);
    return `${name}${placeText(place)} ${messageOf(issue)}${given === undefined ? '' : `, given ${given}`}`;
  });
  return faults.join('; ');
}

/** Of what may also be empty, the rule for what is not. */
function messageOf(issue: z.core.$ZodIssue): string {
  const [meant] = issue.code === 'invalid_union' ? (issue.errors[0] ?? []) : [];
  return (meant ?? issue).message;
}

/** ` (entry 1, part 2)`. */
function placeText([entry, part]: readonly string[]): string {
  if (entry === undefined) return '';
  return ` (entry ${Number(entry) + 1}${part === undefined ? '' : `, ${/^\d+$/.test(part) ? `part ${Number(part) + 1}` : part}`})`;
}

function shown(name: string, value: string): string | undefined {
  if (!ADDRESSES.has(name)) return givenText(value);
  // What is no address may be a piece of one.
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(value) ?? [];
  if (scheme === undefined) return undefined;
  const [, host = '', more] = (rest.includes('@') ? null : /^([a-z0-9.:[\]-]*)(?:$|([/?#]))/i.exec(rest)) ?? [];
  return givenText(`${scheme}${host}${host === '' || more !== undefined ? '...' : ''}`);
}
