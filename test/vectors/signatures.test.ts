import { expect, test } from 'vitest';
import { checkDraft } from '../../src/policy/draft.ts';
import { casesOf } from './cases.ts';

interface SignatureCase {
  readonly name: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly draft: unknown;
  readonly signature: unknown;
  readonly now: string;
  readonly expect: string;
}

test.each(casesOf('signatures') as readonly [string, SignatureCase][])('%s', (_name, each) => {
  const { keys, draft, signature, now } = each;

  expect(checkDraft({ keys, draft, signature, now })).toBe(each.expect);
});
