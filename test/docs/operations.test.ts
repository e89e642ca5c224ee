import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BadConfiguration, readConfig } from '../../src/config.ts';
import { TASK_QUEUES } from '../../src/workflows/task-queues.ts';
import { firstCells, tablesOf } from './tables.ts';

const tables = tablesOf(await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8'));

describe('the page about operations', () => {
  it('lists every environment variable that Mandate knows', () => {
    expect(firstCells(tables.get('Settings')).sort()).toEqual(knownVariables().sort());
  });

  it('lists every role with its task queue', () => {
    const listed = tables.get('Roles')?.map(([role, queue]) => [role, queue]);

    const queues = Object.entries(TASK_QUEUES).map(([role, queue]) => [`\`${role}\``, `\`${queue}\``]);
    expect(listed).toEqual([...queues, ['`mail`', 'none']]);
  });

  it('lists every service of docker-compose.yml', async () => {
    const text = await readFile(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
    const { services } = parse(text, { merge: true }) as { readonly services: object };

    expect(firstCells(tables.get('Start it with compose'))).toEqual(Object.keys(services));
  });
});

/** As the refusal of an unknown variable lists them. */
function knownVariables(): string[] {
  try {
    readConfig({ MANDATE_NONSENSE: 'yes' });
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error;
    return /known: (.*)\.$/.exec(error.message)?.[1]?.split(', ') ?? [];
  }
  return [];
}
