import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { MandateError } from '../../src/client.ts';
import { Refusal } from '../../src/contract/approval.ts';
import { FAILURES } from '../../src/failures.ts';
import { firstCells, tablesOf } from './tables.ts';

const tables = tablesOf(await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8'));

// A type that is missing here, or too many, does not compile.
const CLIENT_ERRORS = {
  InvalidInput: true,
  InvalidRequest: true,
  UnknownRun: true,
  UnknownRequest: true,
  UnknownDraft: true,
  NotEnded: true,
  RunFailed: true,
  RequestFailed: true,
} satisfies Record<MandateError['type'], true>;

describe('the page about errors', () => {
  it('lists every failure type, and whether it is retried', () => {
    const listed = tables.get('Failures of workflows and activities')?.map(([type, retried]) => [type, retried]);

    expect(listed).toEqual(
      Object.entries(FAILURES).map(([type, { retryable }]) => [`\`${type}\``, retryable ? 'yes' : 'no']),
    );
  });

  it('lists every type of the client library', () => {
    expect(firstCells(tables.get('Errors of the client library'))).toEqual(Object.keys(CLIENT_ERRORS));
  });

  it('lists every answer that a decision can get', () => {
    expect(firstCells(tables.get('Answers to decisions'))).toEqual(['accepted', ...Refusal.options, 'Recorded']);
  });

  it('lists every type that the command line gives an error of its own', async () => {
    const folder = new URL('../../src/cli/', import.meta.url);
    const files = (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8'));

    const given = (await Promise.all(files)).flatMap((text) => [...text.matchAll(/new CommandError\(\s*'(\w+)'/g)]);

    const listed = [
      ...firstCells(tables.get('Errors of the command line')),
      ...Object.keys(CLIENT_ERRORS),
      'Unexpected',
    ];
    expect(listed).toEqual(expect.arrayContaining(given.map(([, type]) => type)));
  });
});
