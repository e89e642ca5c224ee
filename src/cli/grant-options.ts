import { ANY_REVERSIBLE_KIND, Mandate } from '../contract/mandate.ts';
import { faultsOf } from '../contract/issues.ts';
import { Kind } from '../contract/kinds.ts';
import type { CommandError } from './errors.ts';
import { usageError } from './errors.ts';

/** A mandate as the command line says it. */
export interface GrantOptions {
  readonly kind?: readonly string[];
  readonly target?: readonly string[];
  readonly agent?: readonly string[];
  readonly maxUses?: string;
  readonly expires?: string;
  readonly reason?: string;
  readonly maxAmount?: readonly string[];
}

const KINDS: readonly string[] = [...Kind.options, ANY_REVERSIBLE_KIND];

const UNITS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads it, or throws a usage error that names the option. */
export function mandateOf(options: GrantOptions, nowMs: number): Omit<Mandate, 'id'> {
  const { kind, target, agent, maxUses, expires, reason, maxAmount = [] } = options;
  const terms = {
    scope: {
      kinds: given('kind', kind).map(kindOf),
      targets: given('target', target).map((text) => fieldsOf('target', text, /,(?=[^,=]+=)/)),
      agents: given('agent', agent),
      maxAmounts: Object.assign({}, ...maxAmount.map((text) => fieldsOf('max-amount', text))) as object,
    },
    maxUses: wholeNumber('max-uses', given('max-uses', maxUses)),
    expiresAt: timeOf(given('expires', expires), nowMs),
    reason: given('reason', reason),
  };
  const read = Terms.safeParse(terms);
  if (read.success) return read.data;
  const [fault] = faultsOf(read.error, terms);
  const field = fault?.segments.map((segment) => OPTIONS[segment]).find((option) => option !== undefined);
  throw usageError(`--${field ?? 'target'}: ${fault?.message ?? 'does not fit'}.`, { field });
}

export function wholeNumber(option: Option | 'quorum', text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`--${option} takes a whole number from 1; given "${text}".`, { field: option, given: text });
}

const Terms = Mandate.omit({ id: true });

type Option = 'kind' | 'target' | 'agent' | 'max-uses' | 'expires' | 'reason' | 'max-amount';

/** By which option each member of a mandate is given. */
const OPTIONS: Readonly<Record<string, Option>> = {
  kinds: 'kind',
  targets: 'target',
  agents: 'agent',
  maxAmounts: 'max-amount',
  maxUses: 'max-uses',
  expiresAt: 'expires',
  reason: 'reason',
};

function given<T>(option: Option, value: T | undefined): T {
  if (value !== undefined) return value;
  throw usageError(`--${option} is missing; see: mandate grant --help`, { field: option });
}

function kindOf(text: string): string {
  if (KINDS.some((each) => each === text)) return text;
  throw usageError(`--kind takes one of ${KINDS.join(', ')}; given "${text}".`, {
    field: 'kind',
    given: text,
    allowed: KINDS,
  });
}

/** `name=value`, or several of them. */
function fieldsOf(option: Option, text: string, separator?: RegExp): Record<string, string> {
  const fields: [string, string][] = [];
  for (const part of separator === undefined ? [text] : text.split(separator)) {
    const at = part.indexOf('=');
    if (at < 1) throw wrong(option, `takes ${option === 'target' ? 'field=pattern' : '/pointer=100.00'}`, text);
    const name = part.slice(0, at);
    if (fields.some(([earlier]) => earlier === name)) throw wrong(option, `names ${name} twice`, text);
    fields.push([name, part.slice(at + 1)]);
  }
  return Object.fromEntries(fields);
}

function timeOf(text: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,5})(min|h|d)$/.exec(text) ?? [];
  const ms = count === undefined ? Date.parse(text) : nowMs + Number(count) * (UNITS[unit] ?? 0);
  const isTime = count !== undefined || /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (!isTime || Number.isNaN(ms)) {
    throw wrong('expires', 'takes 90min, 12h, 7d, or a time like 2026-03-01T09:00:00Z', text);
  }
  return new Date(ms).toISOString();
}

function wrong(option: Option, what: string, value: unknown): CommandError {
  return usageError(`--${option} ${what}; given ${JSON.stringify(value)}.`, { field: option, given: value });
}
