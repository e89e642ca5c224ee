import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { MAIL_VARIABLES } from '../../src/activities/mail/mail-setting.ts';
import { ReplyRefusal } from '../../src/contract/reply.ts';
import { firstCells, tablesOf } from './tables.ts';

const tables = tablesOf(await readFile(new URL('../../docs/mail.md', import.meta.url), 'utf8'));

describe('the page about mail', () => {
  it('lists every setting', () => {
    expect(firstCells(tables.get('Set it up')).sort()).toEqual(Object.keys(MAIL_VARIABLES).sort());
  });

  it('lists every reason for which an answer does not count', () => {
    expect(firstCells(tables.get('What counts')).sort()).toEqual(ReplyRefusal.options.toSorted());
  });
});
