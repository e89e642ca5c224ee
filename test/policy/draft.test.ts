import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/contract/canonical.ts';
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
