import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { LedgerEntry, LedgerEntryType } from '../../src/contract/ledger.ts';
import { firstCells, tablesOf } from './tables.ts';

const tables = tablesOf(await readFile(new URL('../../docs/ledger.md', import.meta.url), 'utf8'));

describe('the page about the ledger', () => {
  it('lists every field of an entry', () => {
    expect(firstCells(tables.get('An entry')).sort()).toEqual(Object.keys(LedgerEntry.shape).sort());
  });

  it('lists every type of entry, in the order of the code', () => {
    expect(firstCells(tables.get('Types of entry'))).toEqual(LedgerEntryType.options);
  });
});
