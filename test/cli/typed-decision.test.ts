import { describe, expect, it } from 'vitest';
import { readTypedDecision } from '../../src/cli/typed-decision.ts';

describe('a typed line', () => {
  it.each([
    ['approve', { verdict: 'approve' }],
    ['  approve  ', { verdict: 'approve' }],
    ['approve because  it is  right ', { verdict: 'approve', reason: 'it is  right' }],
    ['reject because no', { verdict: 'reject', reason: 'no' }],
  ])('is a decision: %j', (line, decision) => {
    expect(readTypedDecision(line)).toEqual({ ok: true, decision });
  });

  it.each(['Approve', 'approve it', 'approve because', 'approve\u0000', 'reject', 'y', ''])(
    'is no decision: %j',
    (line) => {
      expect(readTypedDecision(line)).toMatchObject({ ok: false });
    },
  );

  it.each([
    ['the controls of a terminal', '\u009b2J\u202eevorppa'],
    ['more than anybody would read', 'x'.repeat(1_000_000)],
    ['spaces without end', `approve because ${' '.repeat(1_000_000)}.`],
    ['a reason without end', `approve because ${'x'.repeat(1_000_000)}`],
  ])('is answered with a short and harmless line when it holds %s', (_, line) => {
    const read = readTypedDecision(line);

    const message = read.ok ? '' : read.message;
    expect(message).toMatch(/is no decision/);
    expect(message).not.toMatch(/\p{C}/u);
    expect(message.length).toBeLessThan(250);
  });

  it('is shown as far as one knows it again', () => {
    expect(readTypedDecision(`${'a'.repeat(59)}bcd`)).toEqual({
      ok: false,
      message: `"${'a'.repeat(59)}b..." is no decision; type: approve, approve because REASON, or reject because REASON`,
    });
  });
});
