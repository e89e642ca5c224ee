import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { InboxRow } from '../../src/client.ts';
import { newPersonalToken } from '../../src/activities/decision-proof.ts';
import { readInboxChoice } from '../../src/cli/inbox-choice.ts';
import { openStore } from '../../src/store/open.ts';
import { aRequest } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let mandate: Mandate;
let cli: Cli;
let first: string;
let second: string;
beforeAll(async () => {
  mandate = await startMandate();
  cli = await openCli({ TEMPORAL_ADDRESS: mandate.address, TEMPORAL_NAMESPACE: mandate.namespace });
  const client = createMandate(mandate.client);
  const approvers = [{ id: 'ana', groups: ['legal'] }];
  first = (await client.ask(aRequest({ title: 'Pay the invoice', priority: 'P0', run: 'run-1', approvers }))).requestId;
  second = (await client.ask(aRequest({ title: 'Send a note', approvers: [{ id: 'ben' }], editable: ['text'] })))
    .requestId;
  await until('both', async () => (await client.inbox()).length === 2);
});
afterAll(async () => {
  await mandate.stop();
  await cli.remove();
});

const idsOf = (rows: InboxRow[]): string[] => rows.map(({ requestId }) => requestId);

describe('mandate inbox', () => {
  it('lists what waits, the most urgent first', async () => {
    const { stdout, exitCode } = await cli.run(['inbox']);
    const rows = await cli.json<InboxRow[]>(['inbox']);

    expect(exitCode).toBe(0);
    expect(stdout.indexOf('Pay the invoice')).toBeGreaterThan(0);
    expect(stdout.indexOf('Send a note')).toBeGreaterThan(stdout.indexOf('Pay the invoice'));
    expect(rows[0]).toMatchObject({
      requestId: first,
      runId: 'run-1',
      title: 'Pay the invoice',
      kind: 'note',
      digest: expect.stringMatching(/^sha256:/),
      priority: 'P0',
      createdAt: expect.any(String),
      deadline: expect.any(String),
      onTimeout: 'reject',
      needs: { approvals: 1 },
      votes: [],
      overdue: false,
    });
  });

  it('filters by person, group, run and priority', async () => {
    expect(idsOf(await cli.json(['inbox', '--for', 'ben']))).toEqual([second]);
    expect(idsOf(await cli.json(['inbox', '--group', 'legal', '--priority', 'P0', '--run', 'run-1']))).toEqual([first]);
    const { stdout } = await cli.run(['inbox', '--overdue']);
    expect(stdout).toBe('Nothing like that waits for a decision.');
  });

  it('shows one request whole', async () => {
    const { stdout } = await cli.run(['inbox', second]);

    expect(stdout).toMatch(/^request +\S+\ntitle +Send a note$/m);
    expect(stdout).toMatch(/Ship it on Monday\./);
    expect(await cli.json(['inbox', second])).toMatchObject({ requestId: second, action: { kind: 'note' } });
  });

  it.each([
    [['--priority', 'P9'], '--priority takes one of P0, P1, P2, P3; given "P9".'],
    [['--for', ' '], '--for takes a name of 1 to 200 characters; given " ".'],
    [['--mine', '--for', 'ana'], 'Give --mine or --for, not both.'],
    [['--unknown', '--group', 'legal'], '--group filters the list of requests; leave it out with --unknown.'],
    [['an-id', '--mine'], '--mine filters the list of requests; leave it out with a request.'],
    [['an-id', '--unknown'], '--unknown takes no request; leave one of them out.'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr, stdout } = await cli.run(['inbox', ...args]);

    expect({ exitCode, stderr, stdout }).toEqual({ exitCode: 2, stderr: `mandate: ${message}`, stdout: '' });
  });
});

describe('whose inbox it is', () => {
  it('is the one of the user of this machine, or of whoever is named', async () => {
    expect(await readInboxChoice({ mine: true }, {})).toEqual({ who: expect.any(String) });
    expect(await readInboxChoice({ for: ' ana ' }, { MANDATE_TOKEN: 'mdt_x' })).toEqual({ who: 'ana' });
  });

  it('is the one of the owner of MANDATE_TOKEN, whom the database tells', async () => {
    const store = await openStore({ file: join(cli.folder, 'mandate.db') });
    await store.migrate();
    await store.close();
    await cli.json(['people', 'add', 'ana']);
    const { token } = await cli.json<{ token: string }>(['tokens', 'create', 'ana']);

    expect(idsOf(await cli.json(['inbox', '--mine'], { MANDATE_TOKEN: token }))).toEqual([first]);
  });

  it('has to be said where the database does not tell', async () => {
    const { token, id } = newPersonalToken();
    const mine = (env: Record<string, string>) =>
      cli.run(['inbox', '--mine'], { env: { MANDATE_TOKEN: token, ...env } });

    const unknown = await mine({ MANDATE_DATA: join(cli.folder, 'none') });
    const unreachable = await mine({ DATABASE_URL: 'postgres://127.0.0.1:1/mandate' });

    expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unknown.stderr).toContain(
      `does not know the token ${id}; give --for NAME instead of --mine, or set MANDATE_`,
    );
    expect(unreachable).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unreachable.stderr).toMatch(/which cannot be asked: .*; give --for NAME instead of --mine\.$/);
  });
});
