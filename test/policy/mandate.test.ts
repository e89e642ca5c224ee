import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MandateScope } from '../../src/contract/mandate.ts';
import type { MandateRecord } from '../../src/contract/mandate.ts';
import { NonDelegable } from '../../src/contract/non-delegable.ts';
import { covers } from '../../src/policy/mandate.ts';
import type { MandateQuestion } from '../../src/policy/mandate.ts';
import { aMandate } from '../support/mandates.ts';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');

function aRecord(overrides: Partial<MandateRecord> = {}, scope: Partial<MandateScope> = {}): MandateRecord {
  return {
    ...aMandate({ expiresAt: '2026-03-02T10:00:00.000Z' }, scope),
    requestId: 'request-1',
    grantedBy: ['ana'],
    grantedAt: '2026-03-01T09:00:00.000Z',
    uses: 0,
    withdrawnAt: null,
    withdrawnBy: null,
    withdrawnBecause: null,
    ...overrides,
  };
}

function aQuestion(overrides: Partial<MandateQuestion> = {}): MandateQuestion {
  return {
    action: { kind: 'webhook', target: { url: 'https://example.com/hooks/one' }, payload: { body: {} } },
    agent: 'agent-1',
    reversible: false,
    nonDelegable: [],
    ...overrides,
  };
}

const payload = (given: MandateQuestion['action']['payload']): Partial<MandateQuestion> => ({
  action: { ...aQuestion().action, payload: given },
});
const target = (given: MandateQuestion['action']['target']): Partial<MandateQuestion> => ({
  action: { ...aQuestion().action, target: given },
});
const kind = (given: string): Partial<MandateQuestion> => ({ action: { ...aQuestion().action, kind: given } });

type Case = readonly [string, Partial<MandateRecord>, Partial<MandateScope>, Partial<MandateQuestion>];

describe('a mandate covers', () => {
  const cases: Case[] = [
    ['what it names', {}, {}, {}],
    ['what can be undone by *', {}, { kinds: ['*'] }, { reversible: true }],
    ['what cannot be undone, named beside *', {}, { kinds: ['*', 'webhook'] }, {}],
    ['until a moment before its end', { expiresAt: '2026-03-01T10:00:00.001Z' }, {}, {}],
    ['its last use', { maxUses: 3, uses: 2 }, {}, {}],
    ['what has had its last use', { maxUses: 3, uses: 3 }, {}, { used: true }],
    ['by any of its targets', {}, { targets: [{ url: 'https://a.example/' }, { url: '**' }] }, {}],
    [
      'a number and a boolean of the target by their JSON',
      {},
      { targets: [{ issue: '1*', open: 'true' }] },
      target({ issue: 17, open: true }),
    ],
    ['an amount equal to the most', {}, { maxAmounts: { '/a': '250.00' } }, payload({ a: 250 })],
    ['an amount as text', {}, { maxAmounts: { '/a': '250' } }, payload({ a: '250.0' })],
    [
      'amounts that floating point would call equal',
      {},
      { maxAmounts: { '/a': '9007199254740993' } },
      payload({ a: '9007199254740993' }),
    ],
    ['a fraction', {}, { maxAmounts: { '/a': '0.30' } }, payload({ a: 0.3 })],
    ['nothing to pay', {}, { maxAmounts: { '/a': '0' } }, payload({ a: 0 })],
    [
      'an amount within a list',
      {},
      { maxAmounts: { '/rows/1/a~1b~0c': '5' } },
      payload({ rows: [{}, { 'a/b~c': 5 }] }),
    ],
  ];

  it.each(cases)('%s', (_what, record, scope, question) => {
    expect(covers(aRecord(record, scope), aQuestion(question), NOW)).toEqual({ ok: true });
  });
});

describe('a mandate does not cover', () => {
  const amount = (given: MandateQuestion['action']['payload'], most = '250.00', pointer = '/a') =>
    [{}, { maxAmounts: { [pointer]: most } }, payload(given)] as const;
  const cases: (readonly [...Case, RegExp])[] = [
    ['at its very end', { expiresAt: '2026-03-01T10:00:00.000Z' }, {}, {}, /expired at 2026-03-01T10:00/],
    ['with an end that is no time', { expiresAt: 'soon' }, {}, {}, /expired/],
    [
      'once withdrawn',
      { withdrawnAt: '2026-03-01T09:30:00.000Z', withdrawnBy: 'olga', withdrawnBecause: 'enough' },
      {},
      {},
      /was withdrawn by olga at .*: enough/,
    ],
    [
      'once withdrawn, what has used it',
      { withdrawnAt: '2026-03-01T09:30:00.000Z' },
      {},
      { used: true },
      /was withdrawn/,
    ],
    ['when it is used up', { maxUses: 3, uses: 3 }, {}, {}, /is used up: 3 of 3/],
    ['another kind', {}, { kinds: ['github_comment'] }, {}, /is not for webhook/],
    ['what cannot be undone and is not named', {}, { kinds: ['*'] }, {}, /does not name webhook/],
    [
      'what nobody may delegate, though named',
      {},
      {},
      { nonDelegable: ['venture_kill'] },
      /nobody may delegate: venture_kill/,
    ],
    ['its own extension', {}, { kinds: ['*'] }, { ...kind('mandate_grant'), reversible: true }, /about mandates/],
    ['a withdrawal', {}, { kinds: ['*'] }, { ...kind('mandate_withdraw'), reversible: true }, /about mandates/],
    ['another agent', {}, {}, { agent: 'agent-10' }, /is not for agent agent-10/],
    ['an agent in another case', {}, {}, { agent: 'Agent-1' }, /is not for agent/],
    ['another target', {}, {}, target({ url: 'https://example.com/other' }), /not for this target/],
    ['a target without the member', {}, {}, target({ uri: 'https://example.com/hooks/one' }), /not for this target/],
    ['a member that every object has', {}, { targets: [{ toString: '**' }] }, {}, /not for this target/],
    ['a target with one of two members', {}, { targets: [{ url: '**', branch: 'x' }] }, {}, /not for this target/],
    ['a list', {}, { targets: [{ url: '**' }] }, target({ url: ['a'] }), /not for this target/],
    ['an object', {}, { targets: [{ url: '**' }] }, target({ url: {} }), /not for this target/],
    ['null', {}, { targets: [{ url: '**' }] }, target({ url: null }), /not for this target/],
    ['an amount above', ...amount({ a: 250.01 }), /at most 250.00 at \/a, and not 250.01/],
    [
      'an amount above by one in the seventeenth digit',
      ...amount({ a: '9007199254740993' }, '9007199254740992'),
      /at most/,
    ],
    [
      'an amount above in the thirtieth place',
      ...amount({ a: `0.${'0'.repeat(29)}2` }, `0.${'0'.repeat(29)}1`),
      /at most/,
    ],
    ['an amount that is not there', ...amount({}), /needs a decimal number/],
    ['an amount below nought', ...amount({ a: -1 }), /needs a decimal/],
    ['an amount below nought as text', ...amount({ a: '-1' }), /needs a decimal/],
    ['a whole number that JSON cannot hold', ...amount({ a: 2 ** 53 }, '99999999999999999999'), /needs a decimal/],
    ['a number with an exponent', ...amount({ a: 1e-7 }), /needs a decimal/],
    ['text with an exponent', ...amount({ a: '1e1' }), /needs a decimal/],
    ['text in hexadecimal', ...amount({ a: '0x10' }), /needs a decimal/],
    ['text that another may read as octal', ...amount({ a: '010' }), /needs a decimal/],
    ['text with white space', ...amount({ a: ' 1' }), /needs a decimal/],
    ['text with a line after it', ...amount({ a: '1\n' }), /needs a decimal/],
    ['text in other digits', ...amount({ a: '\u0661' }), /needs a decimal/],
    ['text that begins with a point', ...amount({ a: '.5' }), /needs a decimal/],
    ['nothing at all as text', ...amount({ a: '' }), /needs a decimal/],
    ['a list of an amount', ...amount({ a: [1] }), /needs a decimal/],
    ['true', ...amount({ a: true }), /needs a decimal/],
    ['null as an amount', ...amount({ a: null }), /needs a decimal/],
    ['what every list has', ...amount({ a: [1, 2] }, '250', '/a/length'), /needs a decimal/],
    ['a pointer that is none', ...amount({ 'a~2': 1 }, '250', '/a~2'), /needs a decimal/],
    ['one of two amounts above', {}, { maxAmounts: { '/a': '5', '/b': '5' } }, payload({ a: 1, b: 6 }), /at \/b/],
  ];

  it.each(cases)('%s', (_what, record, scope, question, why) => {
    const covered = covers(aRecord(record, scope), aQuestion(question), NOW);

    expect(covered).toEqual({ ok: false, reason: expect.stringMatching(why) });
  });
});

describe('a scope', () => {
  it.each([
    ['targets', '{"kinds":["*"],"targets":[{"__proto__":"acme/*","url":"**"}],"agents":["a"]}'],
    ['maxAmounts', '{"kinds":["*"],"targets":[{"url":"**"}],"agents":["a"],"maxAmounts":{"__proto__":"1"}}'],
  ])('is refused where a member of its %s would be lost', (_where, text) => {
    expect(MandateScope.safeParse(JSON.parse(text)).success).toBe(false);
  });
});

describe('an amount in a scope', () => {
  const scope = (amount: string): unknown => ({
    kinds: ['*'],
    targets: [{ url: '**' }],
    agents: ['a'],
    maxAmounts: { '/a': amount },
  });

  it.each(['0', '0.00', '0.01', '9', '10', '250.00', '9'.repeat(30)])('may be %s', (amount) => {
    expect(MandateScope.safeParse(scope(amount)).success).toBe(true);
  });

  it.each(['', '-1', '01', '00', '00.1', '.5', '5.', '1e1', ' 1', '1\n', '9'.repeat(31)])('is not %j', (amount) => {
    expect(MandateScope.safeParse(scope(amount)).success).toBe(false);
  });
});

describe('the law of mandates', () => {
  const mandates = fc.record({
    withdrawn: fc.boolean(),
    leftMs: fc.integer({ min: -5, max: 5 }),
    uses: fc.integer({ min: 0, max: 3 }),
    kinds: fc.uniqueArray(fc.constantFrom('*' as const, 'webhook' as const, 'ledger_done' as const), { minLength: 1 }),
    agents: fc.uniqueArray(fc.constantFrom<string>('agent-1', 'agent-2'), { minLength: 1 }),
    most: fc.option(fc.bigInt({ min: 0n, max: 10n ** 20n })),
  });
  const questions = fc.record({
    action: fc.constantFrom('webhook', 'ledger_done', 'mandate_grant'),
    agent: fc.constantFrom('agent-1', 'agent-2', 'agent-3'),
    reversible: fc.boolean(),
    nonDelegable: fc.uniqueArray(fc.constantFrom(...NonDelegable.options), { maxLength: 2 }),
    amount: fc.bigInt({ min: 0n, max: 10n ** 20n }),
  });

  it('lets an action through exactly when all of it holds', () => {
    fc.assert(
      fc.property(mandates, questions, (given, asked) => {
        const record = aRecord(
          {
            expiresAt: new Date(NOW + given.leftMs).toISOString(),
            maxUses: 2,
            uses: given.uses,
            withdrawnAt: given.withdrawn ? '2026-03-01T09:30:00.000Z' : null,
          },
          {
            kinds: given.kinds,
            agents: given.agents,
            targets: [{ url: 'https://**' }],
            maxAmounts: given.most === null ? {} : { '/amount': String(given.most) },
          },
        );
        const question = aQuestion({
          action: { kind: asked.action, target: { url: 'https://a' }, payload: { amount: String(asked.amount) } },
          agent: asked.agent,
          reversible: asked.reversible,
          nonDelegable: asked.nonDelegable,
        });

        const named = given.kinds.some((each) => each === asked.action);
        const expected =
          !given.withdrawn &&
          given.leftMs > 0 &&
          given.uses < 2 &&
          asked.nonDelegable.length === 0 &&
          asked.action !== 'mandate_grant' &&
          (named || (given.kinds.includes('*') && asked.reversible)) &&
          given.agents.includes(asked.agent) &&
          (given.most === null || asked.amount <= given.most);
        expect(covers(record, question, NOW).ok).toBe(expected);
      }),
    );
  });
});
