import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize, digestOf } from '../../src/contract/canonical.ts';
import type { Draft } from '../../src/contract/draft.ts';
import { checkDraft, signDraft } from '../../src/policy/draft.ts';

const KEY = '00ff10';
const NOW = '2026-03-01T10:00:00.000Z';

test('a draft checks out from the moment it is signed until it expires', () => {
  const draft = aDraft({});
  const signature = signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10));

  const check = (now: string | number): string => checkDraft({ keys: { k1: KEY }, draft, signature, now });

  expect(check(NOW)).toBe('ok');
  expect(check(Date.parse(draft.expiresAt) - 1)).toBe('ok');
  expect(check(draft.expiresAt)).toBe('expired');
});

test('what is no instant is never before the expiry', () => {
  const draft = aDraft({});
  const signature = signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10));

  expect(checkDraft({ keys: { k1: KEY }, draft, signature, now: Number.NaN })).toBe('expired');
});

test('every field is signed, so that any change of one is found', () => {
  const draft = aDraft({});
  const signature = signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10));
  const field = fc.constantFrom('id', 'kind', 'agent', 'run');

  fc.assert(
    fc.property(field, fc.string({ minLength: 1, unit: 'grapheme' }), (name, value) => {
      fc.pre(draft[name as 'id'] !== value);

      expect(checkDraft({ keys: { k1: KEY }, draft: { ...draft, [name]: value }, signature, now: NOW })).toBe(
        'bad_signature',
      );
    }),
  );
});

test('whatever is changed in a signed draft or its signature, at any depth, is found', () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }) as fc.Arbitrary<
    Draft['payload']
  >;

  fc.assert(
    fc.property(
      json,
      json,
      fc.nat(),
      fc.jsonValue({ maxDepth: 2 }),
      aChange,
      (target, payload, place, value, change) => {
        const action = { kind: 'webhook', target, payload };
        const draft = { ...aDraft({}), ...action, digest: digestOf(action) };
        const signed = { draft, signature: signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10)) };
        const tampered = structuredClone(signed);
        const places = placesIn(tampered);
        change(places[place % places.length], value);
        fc.pre(textOf(tampered) !== textOf(signed));

        expect(checkDraft({ keys: { k1: KEY }, ...tampered, now: NOW })).not.toBe('ok');
        expect(checkDraft({ keys: { k1: KEY }, ...signed, now: NOW })).toBe('ok');
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a member named __proto__ in the payload is signed like any other', () => {
  const payload = JSON.parse('{"__proto__":{"admin":true}}') as Draft['payload'];
  const draft = aDraft({ payload });
  const signature = signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10));

  const without = { ...draft, payload: {} };

  expect(checkDraft({ keys: { k1: KEY }, draft, signature, now: NOW })).toBe('ok');
  expect(checkDraft({ keys: { k1: KEY }, draft: without, signature, now: NOW })).toBe('bad_signature');
});

test.each([
  ['inherited', Object.create({ k1: KEY }) as Record<string, string>],
  ['empty', { k1: '' }],
  ['in capitals', { k1: '00FF10' }],
  ['half a byte short', { k1: '00ff1' }],
])('a key that is %s is no key', (_name, keys) => {
  const draft = aDraft({});
  const signature = signDraft(draft, Uint8Array.of(0x00, 0xff, 0x10));

  expect(checkDraft({ keys, draft, signature, now: NOW })).toBe('unknown_key');
});

/** What is beside the two is nobody's. */
function textOf({ draft, signature }: { readonly draft?: unknown; readonly signature?: unknown }): string {
  return canonicalize([draft ?? null, signature ?? null]);
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

type Change = (place: Place | undefined, value: unknown) => void;

/** Another value, a member gone, a member more, or the same value under another name. */
const aChange = fc.constantFrom<Change>(
  (place, value) => put(place, place?.name ?? '', value),
  (place) => take(place),
  (place, value) => put(place, `${place?.name}'`, value),
  (place) => {
    put(place, `${place?.name} `, place?.holder[place.name]);
    take(place);
  },
);

function put(place: Place | undefined, name: string, value: unknown): void {
  if (Array.isArray(place?.holder)) place.holder.push(value);
  else if (place !== undefined)
    Object.defineProperty(place.holder, name, { value, enumerable: true, configurable: true });
}

function take(place: Place | undefined): void {
  if (Array.isArray(place?.holder)) place.holder.pop();
  else if (place !== undefined) delete place.holder[place.name];
}

/** Every member of an object, those of its members too. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}

function aDraft(overrides: Partial<Draft>): Draft {
  const action = {
    kind: 'github_comment',
    target: { repo: 'acme/widgets' },
    payload: overrides.payload ?? { body: 'Done.' },
  };
  return {
    ...action,
    id: 'draft-1',
    agent: 'agent-1',
    run: 'run-1',
    createdAt: '2026-03-01T09:00:00.000Z',
    expiresAt: '2026-03-02T09:00:00.000Z',
    digest: digestOf(action),
    keyId: 'k1',
    ...overrides,
  };
}
