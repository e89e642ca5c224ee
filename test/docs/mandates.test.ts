import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Mandate, MandateScope } from '../../src/contract/mandate.ts';
import { MAX_MANDATE_DAYS } from '../../src/policy/admit-mandate.ts';
import { matches } from '../../src/policy/target-pattern.ts';
import { firstCells, tablesOf } from './tables.ts';

const page = await readFile(new URL('../../docs/mandates.md', import.meta.url), 'utf8');
const tables = tablesOf(page);

it('the page about mandates lists every field', () => {
  expect(firstCells(tables.get('A mandate'))).toEqual(Object.keys(Mandate.shape));
  expect(firstCells(tables.get('Scope'))).toEqual(Object.keys(MandateScope.shape));
  expect(page).toContain(`at most ${MAX_MANDATE_DAYS} days away`);
});

it.each([
  ['https://example.com/**', 'https://example.com/a?b', true],
  ['https://example.com/**', 'https://example.com.evil.net/', false],
  ['https://example.com/**', 'https://example.com@evil.net/', false],
  ['https://*.example.com/hooks/*', 'https://eu.example.com/hooks/one', true],
  ['acme/*', 'acme/site', true],
  ['acme/*', 'acme/site/tree', false],
])('its pattern %s does with %s what it says', (pattern, text, fits) => {
  expect(page).toContain(`\`${pattern}\``);
  expect(matches(pattern, text)).toBe(fits);
});
