import { expect, test } from 'vitest';
import { canonicalize, digestOf, NotCanonical } from '../../src/contract/canonical.ts';
import { InvalidJson, parseStrictJson } from '../../src/contract/strict-json.ts';
import { casesOf } from './cases.ts';

interface CanonicalCase {
  readonly name: string;
  readonly value?: unknown;
  readonly text?: string;
  readonly canonical?: string;
  readonly digest?: string;
  readonly error?: true;
}

test.each(casesOf('canonical') as readonly [string, CanonicalCase][])('%s', (_name, each) => {
  const { canonical, digest } = each;

  expect(answer(each)).toEqual(each.error ? { error: true } : { canonical, digest });
});

function answer({ value, text }: CanonicalCase): unknown {
  try {
    const read = text === undefined ? value : parseStrictJson(text);
    return { canonical: canonicalize(read), digest: digestOf(read) };
  } catch (error) {
    if (error instanceof InvalidJson || error instanceof NotCanonical) return { error: true };
    throw error;
  }
}
