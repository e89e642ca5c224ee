import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeIssues } from '../../src/contract/issues.ts';
import { Title } from '../../src/contract/names.ts';

const Shape = z.strictObject({
  by: z.string().max(3),
  channels: z.array(z.string()).min(1),
  share: z.number().gt(0).max(1),
  veto: z.boolean(),
  count: z.int(),
});
const GOOD = { by: 'ana', channels: ['log'], share: 0.5, veto: true, count: 1 };

it.each([
  [{ by: 7 }, 'by: must be text, given 7'],
  [{ by: undefined }, 'by: is missing; must be text'],
  [{ by: 'anna' }, 'by: must have at most 3 characters, given "anna"'],
  [{ channels: [] }, 'channels: must have at least 1 entry, given []'],
  [{ channels: 'log' }, 'channels: must be a list, given "log"'],
  [{ share: 0 }, 'share: must be more than 0, given 0'],
  [{ share: 2 }, 'share: must be at most 1, given 2'],
  [{ veto: 'no' }, 'veto: must be true or false, given "no"'],
  [{ count: 0.5 }, 'count: must be a whole number, given 0.5'],
])('tells of %j what it must be', (given, message) => {
  expect(messageOf(Shape, { ...GOOD, ...given })).toBe(message);
});

it('lets nothing that is given turn a message around, or hide a part of it', () => {
  expect(messageOf(Title, 'Pay \u202e001\u009b\u2028')).toBe(
    'must not contain control characters, given "Pay \\u{202e}001\\u{9b}\\u{2028}"',
  );
  expect(messageOf(Shape, { ...GOOD, 'a\u202eb': 1 })).toBe(
    '"a\\u{202e}b": unknown field; remove it or correct its name',
  );
});

it.each(['', '  ', '\u00a0'])('takes no title of blanks alone: %j', (title) => {
  expect(messageOf(Title, title)).toBe(`must not be blank, given ${JSON.stringify(title)}`);
});

function messageOf(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value);
  return error === undefined ? 'fits' : describeIssues(error, value);
}
