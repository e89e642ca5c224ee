import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApprovalRequest } from '../../src/contract/approval-request.ts';
import { ApprovalRule, OnTimeout, Refusal } from '../../src/contract/approval.ts';
import { firstCells, tablesOf } from './tables.ts';

const tables = tablesOf(await readFile(new URL('../../docs/approvals.md', import.meta.url), 'utf8'));

interface Schema {
  readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

describe('the page about approvals', () => {
  it.each([
    ['A request', ApprovalRequest],
    ['The rule', ApprovalRule],
  ])('lists every field of "%s" with its default', (title, part) => {
    const listed = (tables.get(title) ?? []).map((cells) => `${cells[0]} ${cells[2]}`);

    expect(new Set(listed)).toEqual(new Set(defaultsOf(part)));
  });

  it('tells what every default does at the deadline', () => {
    expect(new Set(firstCells(tables.get('The deadline')))).toEqual(new Set(OnTimeout.options));
  });

  it('tells of every answer to a decision', () => {
    const answers = (tables.get('Deciding') ?? []).slice(-(Refusal.options.length + 2));

    // Frozen is for requests that an operator has stopped, which nobody can do yet.
    const possible = ['accepted', 'Recorded', ...Refusal.options.filter((each) => each !== 'Frozen')];
    expect(firstCells(answers)).toEqual(expect.arrayContaining(possible));
  });
});

function defaultsOf(part: z.ZodType): string[] {
  const { properties, required = [] } = z.toJSONSchema(part, {
    io: 'input',
    unrepresentable: 'any',
  }) as unknown as Schema;
  return Object.entries(properties).map(([field, about]) => {
    if (about.default !== undefined) {
      const shown = typeof about.default === 'string' ? about.default : JSON.stringify(about.default);
      return `\`${field}\` \`${shown}\``;
    }
    return `\`${field}\` ${required.includes(field) ? 'required' : '-'}`;
  });
}
