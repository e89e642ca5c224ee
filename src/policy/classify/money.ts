import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Asked } from './http.ts';

// Those that move money when asked. Their test environments are other hosts.
const PROVIDERS =
  /(?:^|\.)(?:api\.stripe\.com|api(?:-m)?\.paypal\.com|connect\.squareup\.com|api\.braintreegateway\.com|api\.(?:transfer)?wise\.com|api\.mollie\.com|api\.coinbase\.com|production\.plaid\.com|api\.mercury\.com|platform\.brexapis\.com|api\.razorpay\.com|api\.paddle\.com|vendors\.paddle\.com|api\.checkout\.com|api\.dwolla\.com|b2b\.revolut\.com|api\.kraken\.com|api\.binance\.com|api\.gocardless\.com|(?:pal-live|checkout-live|.*-live)\.adyen\.com)$/;

// Parts of a provider's paths that stand for money on its way; customers, products or web hooks are none.
const COMMITS_AT_PROVIDER =
  /^(?:charges?|payment_?intents?|payments?|pay|payouts?|transfers?|refunds?|top-?ups?|subscriptions?|invoices?|orders?|captures?|authorizations?|withdrawals?|withdraw|conversions?|trades?|addorder|purchases?|transactions?|send-money|issuing|treasury|outbound_\w+|checks?|mass-?pay\w*|quotes?|capital|sale)$/i;

// What a request asks for elsewhere, as a word of its path or as the value of what names its action.
const COMMITS =
  /^(?:pay|payments?|payouts?|charges?|transfers?|withdraw|withdrawals?|purchases?|buy|orders?|captures?|refunds?|wires?|remit|remittances?|disburse|disbursements?|settle|settlements?|checkout|subscribe|invest|donate|trades?)$/;
// Those that name a member which is asked for; `order` and `payment` name things.
const VERBS =
  /^(?:pay|payout|charge|transfer|withdraw|purchase|buy|refund|wire|remit|disburse|settle|checkout|invest|donate)$/;
// A report of what has happened elsewhere: `payment.succeeded`.
const REPORTS = /^(?:\w+ed|paid|sent|bought|sold|due|failed|pending|notification|report|event|status)$/;

const ACTION_NAMES = new Set([
  'action',
  'type',
  'event',
  'operation',
  'intent',
  'command',
  'method',
  'op',
  'kind',
  'topic',
]);
// What asks, and never merely tells what kind of thing a body is.
const ASKS = new Set(['action', 'operation', 'intent', 'command', 'method', 'op']);
const BARE_AMOUNT_NAMES = /^(?:amount|unit_?amount|amount_?(?:cents|minor|due)|total_?amount)$/i;
const AMOUNT_NAMES =
  /^(?:amount|total|sum|value|price|unit_?amount|amount_?(?:cents|minor|due)|total_?amount|quantity_?money)$/i;
const CURRENCY_NAMES = /^(?:currency|currency_?code|ccy|asset)$/i;
// As deep as any action may nest.
const MAX_DEPTH = 101;

/** A request that commits money: to a provider of payments, or by an amount with its currency and a verb that commits. */
export function classifyMoney({ method, host, path, body }: Asked): Finding[] {
  const words = path.split('/').filter((word) => word !== '');
  if (PROVIDERS.test(host)) {
    const commits = method !== 'DELETE' && words.some((word) => COMMITS_AT_PROVIDER.test(word));
    return commits ? [finding('irreversible_capital_commit', `${method} ${host}${path} moves money`)] : [];
  }
  if (method === 'DELETE') return [];
  const asked = actionsIn(body, 0);
  const priced = hasAmount(body, isPriced, 0);
  const named = [...asked.map(({ value }) => value), ...(method === 'GET' ? [] : [path])].map(wordsOf);
  // A verb that names a member counts unless the body says elsewhere that it only reports.
  const members = asked.some(({ value }) => wordsOf(value).some((word) => REPORTS.test(word)))
    ? []
    : verbsWithAmounts(body, 0).map(wordsOf);
  const bare = hasAmount(body, isBareAmount, 0)
    ? asked.flatMap(({ name, value }) => (ASKS.has(name) ? [wordsOf(value)] : []))
    : [];
  const committing = [...(priced ? named : []), ...members, ...bare].find(
    (each) => each.some((word) => COMMITS.test(word)) && !each.some((word) => REPORTS.test(word)),
  );
  if (committing === undefined) return [];
  return [
    finding(
      'irreversible_capital_commit',
      `${method} ${host}${path} commits an amount of money: ${committing.join(' ')}`,
    ),
  ];
}

type Members = readonly (readonly [string, unknown])[];

function hasAmount(value: unknown, isOne: (members: Members) => boolean, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => hasAmount(item, isOne, depth + 1));
  const members = Object.entries(value);
  return isOne(members) || members.some(([, member]) => hasAmount(member, isOne, depth + 1));
}

function isPriced(members: Members): boolean {
  const amount = members.some(([name, member]) => (AMOUNT_NAMES.test(name) || isVerb(name)) && isAmount(member));
  return amount && members.some(([name, member]) => CURRENCY_NAMES.test(name) && isCurrency(member));
}

/** An amount alone is one of money where no unit says of what. */
function isBareAmount(members: Members): boolean {
  const amount = members.some(([name, member]) => BARE_AMOUNT_NAMES.test(name) && isAmount(member));
  return amount && !members.some(([name]) => /^(?:units?|uom|measure)$/i.test(name));
}

/** Names of members that are verbs: `{"transfer": {"amount": 5, "currency": "eur"}}`, `{"pay": 5, "currency": "eur"}`. */
function verbsWithAmounts(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => verbsWithAmounts(item, depth + 1));
  const members = Object.entries(value);
  const priced = isPriced(members);
  return members.flatMap(([name, member]) => {
    const holds = isVerb(name) && (hasAmount(member, isPriced, depth + 1) || (priced && isAmount(member)));
    return holds ? [name] : verbsWithAmounts(member, depth + 1);
  });
}

/** Nouns as well, like `order` and `payment`, name what merely is told of. */
function isVerb(name: string): boolean {
  const [verb = ''] = wordsOf(name);
  return VERBS.test(verb);
}

function isCurrency(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z]{3,5}$/.test(value);
}

function isAmount(value: unknown): boolean {
  if (typeof value === 'number') return value !== 0;
  return typeof value === 'string' && /^[\d.,]*[1-9][\d.,]*$/.test(value.trim());
}

function actionsIn(value: unknown, depth: number): { readonly name: string; readonly value: string }[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => actionsIn(item, depth + 1));
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'string' && ACTION_NAMES.has(name.toLowerCase())
      ? [{ name: name.toLowerCase(), value: member }]
      : actionsIn(member, depth + 1),
  );
}

function wordsOf(text: string): string[] {
  return text
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
