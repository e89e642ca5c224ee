import { expect, test } from 'vitest';
import { readDecision } from '../../src/contract/decision-wire.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test('a signal may be typed by a person as nothing but a name', () => {
  expect(readDecision('ana', 'approve')).toEqual({ ok: true, wire: { by: 'ana', verdict: 'approve' } });
});

test('a signal takes every field but the verdict, which is its name', () => {
  const payload = { by: 'ana', reason: 'too early', digest: DIGEST, decisionId: 'd1', group: 'owners', proof: 'token' };

  expect(readDecision(payload, 'reject')).toEqual({ ok: true, wire: { ...payload, verdict: 'reject' } });
  expect(readDecision({ by: 'ana', verdict: 'approve' }, 'reject')).toMatchObject({ ok: false });
});

test('the update says its verdict', () => {
  const payload = { by: 'ana', verdict: 'approve', edits: { body: 'x' } };

  expect(readDecision(payload)).toEqual({ ok: true, wire: payload });
  expect(readDecision('ana')).toMatchObject({ ok: false });
  expect(readDecision({ by: 'ana' })).toMatchObject({ ok: false, message: expect.stringContaining('verdict') });
});

test.each([
  ['an unknown field', { by: 'ana', approved: true }, 'approved'],
  ['a member named __proto__', JSON.parse('{"by":"ana","__proto__":{"verdict":"approve"}}') as unknown, '__proto__'],
  ['no name', {}, 'by: is missing'],
  ['a blank name', { by: ' ' }, 'by: must not be blank'],
  ['a very long name', { by: 'a'.repeat(201) }, 'by: must have at most 200 characters'],
  ['a reason beyond its bound', { by: 'ana', reason: 'a'.repeat(10_001) }, 'reason: must have at most 10000'],
  ['an ill-formed digest', { by: 'ana', digest: 'a'.repeat(64) }, 'digest: must be sha256:'],
  ['a reserved id', { by: 'ana', decisionId: 'auto/1' }, 'decisionId: must not begin with auto/'],
  ['a null for nothing', { by: 'ana', group: null }, 'group'],
  ['a list of edits', { by: 'ana', edits: [] }, 'edits'],
  ['a lone surrogate', { by: 'ana\ud83d' }, 'by: must not hold lone surrogates'],
  [
    'a lone surrogate in an edit',
    { by: 'ana', edits: { body: '\ud83d' } },
    'edits: must be an object of JSON data, without lone surrogates',
  ],
  ['no payload', undefined, 'missing'],
  ['a number', 7, 'given 7'],
  // Cut where a character would fall in two.
  ['a very long name of others', { by: `a${'\u{1f600}'.repeat(200)}` }, 'by: must have at most 200 characters'],
  ['a list', ['ana'], 'object'],
])('%s is refused in one line that says what is wrong', (_name, payload, fault) => {
  const read = readDecision(payload, 'approve');

  expect(read).toMatchObject({ ok: false, message: expect.stringContaining(fault) });
  expect(read).toMatchObject({ message: expect.not.stringMatching(/\n|\p{Surrogate}/u) });
});
