import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { aMandate, grantIn } from '../support/mandates.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
let store: Store;
beforeAll(async () => {
  cli = await openCli();
  store = await openStore({ file: join(cli.folder, 'mandate.db') });
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  await cli.remove();
});

const GRANT = ['grant', '--kind', 'webhook', '--target', 'url=https://example.com/**', '--agent', 'packer'];
const TERMS = ['--max-uses', '20', '--expires', '7d', '--reason', 'every Monday'];
const ASKED = ['--approver', 'ana'];

describe('mandate mandates', () => {
  it('lists those that may still let something through, and with --all the others too', async () => {
    const live = await grantIn(store, aMandate({}, { maxAmounts: { '/amount': '250.00' } }));
    const over = await grantIn(store, aMandate({ expiresAt: '2026-01-01T00:00:00.000Z' }));

    const listed = await cli.json<{ id: string }[]>(['mandates']);
    const all = await cli.json<{ id: string; state: string }[]>(['mandates', '--all']);
    const people = await cli.run(['mandates']);

    expect(listed).toMatchObject([{ ...live, state: 'live', uses: 0, grantedBy: ['ana'], requestId: live.id }]);
    expect(new Map(all.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [over.id, 'expired'],
        [live.id, 'live'],
      ]),
    );
    expect(people.stdout).toMatch(
      /webhook to url=https:\/\/example\.com\/hooks\/\* by agent-1, \/amount at most 250\.00 +0 of 10 .* ana +live$/m,
    );
  });
});

describe('mandate withdraw', () => {
  it('ends one, once, and says who was first', async () => {
    const { id } = await grantIn(store, aMandate());

    const first = await cli.run(['withdraw', id, '--reason', 'the campaign is over', '--as', 'olga']);
    const second = await cli.run(['withdraw', id, '--reason', 'me too', '--as', 'gus', '--json']);
    const all = await cli.run(['mandates', '--all']);

    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Mandate ${id} is withdrawn`) });
    expect(second.exitCode).toBe(3);
    expect(JSON.parse(second.stdout)).toMatchObject({
      outcome: 'already_withdrawn',
      id,
      withdrawnBy: 'olga',
      withdrawnBecause: 'the campaign is over',
    });
    expect(all.stdout).toMatch(new RegExp(`^${id} .*withdrawn by olga at .*: the campaign is over$`, 'm'));
    const entries = await store.ledger.entries({ run: `mandate/${id}` });
    expect(entries.map(({ type, body }) => [type, body])).toEqual([
      ['mandate.withdrawn', { mandate: id, by: 'olga', reason: 'the campaign is over' }],
    ]);
  });

  it('refuses one that is not there, and one without a reason', async () => {
    const unknown = await cli.run(['withdraw', 'nobody-granted-it', '--reason', 'x', '--json']);
    const silent = await cli.run(['withdraw', 'nobody-granted-it', '--json']);

    expect(unknown.exitCode).toBe(1);
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { type: 'UnknownMandate', given: 'nobody-granted-it' } });
    expect(silent.exitCode).toBe(2);
    expect(JSON.parse(silent.stderr)).toMatchObject({ error: { type: 'Usage', field: 'reason' } });
  });
});

describe('mandate grant', () => {
  it.each([
    ['a kind that is none', ['--kind', 'rm'], { field: 'kind', allowed: expect.arrayContaining(['webhook', '*']) }],
    ['a target without a field', ['--target', 'https://example.com'], { field: 'target' }],
    ['a pattern with ** in its middle', ['--target', 'url=https://**/x'], { field: 'target' }],
    ['an amount that is none', ['--max-amount', '/a=-1'], { field: 'max-amount' }],
    [
      'an amount that another may read as octal',
      ['--max-amount', '/a=01'],
      { field: 'max-amount', message: expect.stringContaining('without sign or leading noughts, given "01"') },
    ],
    ['an amount without its place', ['--max-amount', '100'], { field: 'max-amount' }],
    [
      'a place that is no pointer',
      ['--max-amount', 'amount=1'],
      { field: 'max-amount', message: '--max-amount: must be a JSON Pointer like /amount, given "amount".' },
    ],
    ['no uses', ['--max-uses', '0'], { field: 'max-uses', given: '0' }],
    ['more uses than there may be', ['--max-uses', '1000001'], { field: 'max-uses' }],
    ['an end that is no time', ['--expires', 'soon'], { field: 'expires', given: 'soon' }],
    ['an end without a zone', ['--expires', '2026-12-01T10:00:00'], { field: 'expires' }],
    ['a quorum that is none', ['--quorum', '0'], { field: 'quorum' }],
  ])('refuses %s', async (_what, wrong, error) => {
    const { exitCode, stderr, stdout } = await cli.run([...GRANT, ...TERMS, ...ASKED, ...wrong, '--json']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { type: 'Usage', ...error } });
  });

  it.each([
    ['--kind', GRANT.slice(3)],
    ['--approver', []],
  ])('names %s when it is missing', async (option, args) => {
    const given = option === '--kind' ? ['grant', ...args, ...TERMS, ...ASKED] : [...GRANT, ...TERMS];

    const { exitCode, stderr } = await cli.run(given);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`mandate: ${option} is missing`);
  });

  describe('on a server', () => {
    let mandate: Mandate;
    let env: Record<string, string>;
    beforeAll(async () => {
      mandate = await startMandate();
      env = {
        TEMPORAL_ADDRESS: mandate.address,
        TEMPORAL_NAMESPACE: mandate.namespace,
        MANDATE_DATA: mandate.folder,
      };
    });
    afterAll(() => mandate.stop());

    it('asks, waits for what people say, and it is in the list', async () => {
      const terms = ['--max-amount', '/body/amount=100.00', '--quorum', '2', '--approver', 'ben', '--as', 'gus'];
      const running = cli.start([...GRANT, ...TERMS, ...ASKED, ...terms, '--wait', '--json'], env);
      const requestId = await until('the request', async () => {
        for await (const { workflowId } of mandate.client.workflow.list({
          query: 'WorkflowType = "approval" AND ExecutionStatus = "Running"',
        })) {
          return workflowId.slice('approval/'.length);
        }
        return undefined;
      });
      for (const by of ['ana', 'ben']) {
        await mandate.client.workflow.getHandle(`approval/${requestId}`).signal('approve', by);
      }

      const { exitCode, stdout } = await running.ended();
      const listed = await cli.json<object[]>(['mandates'], env);

      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        mandateId: requestId,
        status: 'granted',
        requestId,
        grantedBy: ['ana', 'ben'],
        maxUses: 20,
      });
      expect(listed).toMatchObject([
        {
          id: requestId,
          state: 'live',
          reason: 'every Monday',
          scope: {
            kinds: ['webhook'],
            targets: [{ url: 'https://example.com/**' }],
            agents: ['packer'],
            maxAmounts: { '/body/amount': '100.00' },
          },
        },
      ]);
    });

    it('returns at once without --wait, and says how to decide', async () => {
      const args = [...GRANT, ...TERMS, ...ASKED, '--target', 'repo=acme/*,issue=17', '--as', 'gus'];

      const { exitCode, stdout } = await cli.run(args, { env });

      const id = /mandate approve (\S+)$/m.exec(stdout)?.[1] ?? '';
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(
        /^lets through +webhook to url=https:\/\/example\.com\/\*\* or repo=acme\/\* and issue=17/m,
      );
      await until('the request', async () => (await mandate.recorded(`mandate/${id}`)).includes('approval.requested'));
    });

    it('that waits is taken back by mandate withdraw, and people are not asked any more', async () => {
      const granted = await cli.json<{ mandateId: string }>([...GRANT, ...TERMS, ...ASKED, '--as', 'gus'], env);
      const id = granted.mandateId;
      const grant = mandate.client.workflow.getHandle(`grant/${id}`);
      await until('the request', async () => (await mandate.recorded(`mandate/${id}`)).includes('approval.requested'));

      const args = ['withdraw', id, '--reason', 'the wrong agent', '--as', 'gus'];
      const first = await cli.run(args, { env });
      const second = await cli.run([...args, '--json'], { env });

      expect(first).toMatchObject({
        exitCode: 0,
        stdout: `Mandate ${id} had not been granted, and will not be.`,
      });
      expect(await grant.result()).toMatchObject({ status: 'cancelled' });
      expect((await mandate.client.workflow.getHandle(`approval/${id}`).describe()).status.name).toBe('COMPLETED');
      const [entry] = await mandate.store.ledger.entries({ run: `mandate/${id}`, type: 'mandate.withdrawn' });
      expect(entry?.body).toEqual({ mandate: id, by: 'gus', reason: 'the wrong agent' });
      expect(second.exitCode).toBe(0);
      expect(JSON.parse(second.stdout)).toEqual({ outcome: 'taken_back', id });
      expect(await mandate.store.ledger.entries({ run: `mandate/${id}`, type: 'mandate.withdrawn' })).toEqual([entry]);
    });

    it('that waits is taken back by the same command again where no worker was up', async () => {
      const granted = await cli.json<{ mandateId: string }>([...GRANT, ...TERMS, ...ASKED, '--as', 'gus'], env);
      const id = granted.mandateId;
      await until('the request', async () => (await mandate.recorded(`mandate/${id}`)).includes('approval.requested'));
      const args = ['withdraw', id, '--reason', 'the wrong agent', '--as', 'gus'];
      await mandate.rest(['worker']);

      const first = await cli.run(args, { env });
      await mandate.work(['worker']);
      await mandate.client.workflow.getHandle(`grant/${id}`).result();
      const second = await cli.run(args, { env });

      expect(first).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('give the command again') });
      expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('and will not be') });
      expect(await mandate.store.ledger.entries({ run: `mandate/${id}`, type: 'mandate.withdrawn' })).toMatchObject([
        { body: { by: 'gus', reason: 'the wrong agent' } },
      ]);
    });

    it("that people have rejected is told as that, and as nobody else's doing", async () => {
      const granted = await cli.json<{ mandateId: string }>([...GRANT, ...TERMS, ...ASKED, '--as', 'gus'], env);
      const id = granted.mandateId;
      await until('the request', async () => (await mandate.recorded(`mandate/${id}`)).includes('approval.requested'));
      await mandate.client.workflow.getHandle(`approval/${id}`).signal('reject', { by: 'ana', reason: 'not now' });
      await mandate.client.workflow.getHandle(`grant/${id}`).result();

      const { exitCode, stdout } = await cli.run(['withdraw', id, '--reason', 'too late', '--as', 'gus'], { env });

      expect({ exitCode, stdout }).toEqual({
        exitCode: 3,
        stdout: `Mandate ${id} was never granted: its request had ended as rejected.`,
      });
      expect(await mandate.recorded(`mandate/${id}`)).not.toContain('mandate.withdrawn');
    });

    it.each([
      ['an end too far away', ['--expires', '400d'], 'at most 366 days'],
      ['more people than are asked', ['--quorum', '2'], 'rule.quorum: given 2'],
      ['nobody but whoever asks', ['--as', 'ana'], '"ana" asks for it, so does not decide'],
      ['one of its agents', ['--approver', 'packer'], "none of the mandate's own agents"],
    ])('refuses %s, before anything is started', async (_what, wrong, why) => {
      const args = [...GRANT, ...TERMS, ...ASKED, '--as', 'gus', ...wrong, '--json'];

      const { exitCode, stdout, stderr } = await cli.run(args, { env });

      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({
        error: { type: 'InvalidInput', message: expect.stringContaining(why) },
      });
    });
  });
});
