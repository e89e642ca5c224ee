import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newPersonalToken } from '../../src/activities/decision-proof.ts';
import { createMandate, proveDecision } from '../../src/client.ts';
import type { DecisionAnswer, InboxItem } from '../../src/client.ts';
import type { DecisionWire } from '../../src/contract/decision-wire.ts';
import { requestIdOf } from '../../src/contract/ids.ts';
import { openStore } from '../../src/store/open.ts';
import { decideUpdate } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

const BY = { by: 'root', time: new Date().toISOString() };

let mandate: Mandate;
let cli: Cli;
let ana: string;
let ben: string;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'], env: { MANDATE_TRUST_NAMESPACE: 'no' } });
  cli = await openCli({
    TEMPORAL_ADDRESS: mandate.address,
    TEMPORAL_NAMESPACE: mandate.namespace,
    MANDATE_DATA: mandate.folder,
  });
  for (const id of ['ana', 'ben']) {
    await mandate.store.principals.add({ id, kind: 'person', groups: [], email: null }, BY);
  }
  ana = await aToken('ana');
  ben = await aToken('ben');
});
afterAll(async () => {
  await cli.remove();
  await mandate.stop();
});

async function aToken(principal: string, lifeMs = 3_600_000, { tokens } = mandate.store): Promise<string> {
  const { token, id, publicKey } = newPersonalToken();
  const expiresAt = new Date(Date.now() + lifeMs).toISOString();
  await tokens.issue({ id, principal, label: '', publicKey, expiresAt }, BY);
  return token;
}

async function anItem(overrides: Parameters<typeof ask>[1] = {}): Promise<InboxItem> {
  const { workflowId } = await ask(mandate.client, overrides);
  return itemOf(requestIdOf(workflowId));
}

function itemOf(requestId: string): Promise<InboxItem> {
  return createMandate(mandate.client).request(requestId);
}

/** All that anybody who may look at the server and the database gets to see of a request. */
async function everythingAbout(requestId: string): Promise<string> {
  const handle = mandate.client.workflow.getHandle(`approval/${requestId}`);
  const history = JSON.stringify(await handle.fetchHistory(), (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
  const entries = await mandate.store.ledger.entries({ run: `approval/${requestId}` });
  return history + JSON.stringify(entries);
}

describe('mandate approve with MANDATE_TOKEN', () => {
  it("decides as the token's owner, about what is asked now, and leaves the token nowhere", async () => {
    const { requestId, digest } = await anItem();

    const ended = await cli.run(['approve', requestId, '--reason', 'read it'], { env: { MANDATE_TOKEN: ana } });
    const again = await cli.run(['approve', requestId, '--json'], { env: { MANDATE_TOKEN: ben } });

    const id = ana.slice(4, 20);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toBe(
      `approve by ana, the owner of token ${id}: accepted, the request is approved\nIt is about the action ${digest}.`,
    );
    expect(JSON.parse(again.stdout)).toMatchObject({ requestId, digest, outcome: 'AlreadyDecided' });
    expect(again.exitCode).toBe(3);
    const { status, votes } = await itemOf(requestId);
    expect({ status, votes }).toMatchObject({ status: 'approved', votes: [{ by: 'ana', reason: 'read it' }] });
    const entries = await mandate.store.ledger.entries({ run: `approval/${requestId}`, type: 'approval.decision' });
    expect(entries).toMatchObject([{ body: { by: 'ana', provenBy: { kind: 'token', token: id } } }]);
    expect(await everythingAbout(requestId)).not.toContain(ana.slice(21));
  });

  it('rejects, and reads the token from a file', async () => {
    const { requestId } = await anItem();
    const file = join(cli.folder, 'token');
    await writeFile(file, `${ben}\n`, { mode: 0o600 });

    const rejected = await cli.run(['reject', requestId, '--reason', 'no', '--json'], {
      env: { MANDATE_TOKEN_FILE: file },
    });

    expect(JSON.parse(rejected.stdout)).toMatchObject({ outcome: 'accepted', status: 'rejected' });
    expect(await itemOf(requestId)).toMatchObject({ votes: [{ by: 'ben', reason: 'no' }] });
  });

  it('changes fields of the payload, and names what became of each and of the action', async () => {
    const { requestId, digest } = await anItem({ editable: ['text', 'copies'] });

    const approved = await cli.run(
      ['approve', requestId, '--edit', 'text=On Tuesday = better', '--edit', 'copies=[1, 2]', '--json'],
      { env: { MANDATE_TOKEN: ana } },
    );

    const item = await itemOf(requestId);
    expect(item.action.payload).toEqual({ text: 'On Tuesday = better', copies: [1, 2] });
    expect(item.digest).not.toBe(digest);
    expect(JSON.parse(approved.stdout)).toMatchObject({
      outcome: 'accepted',
      status: 'approved',
      by: 'ana',
      digest: item.digest,
      digests: [digest, item.digest],
      action: item.action,
      changes: { text: { before: 'Ship it on Monday.', after: 'On Tuesday = better' }, copies: { after: [1, 2] } },
    });
  });

  it('leaves text what it was, also where it reads like a number, unless it is typed as JSON', async () => {
    const action = { kind: 'refund', target: {}, payload: { amount: '49.00', note: 'hi', count: 1 } };
    const { requestId, digest } = await anItem({ action, editable: ['amount', 'note', 'count'] });

    const approved = await cli.run(
      ['approve', requestId, '--edit', 'amount=50.00', '--edit', 'note={"a":1}', '--edit', 'count=2'],
      { env: { MANDATE_TOKEN: ana } },
    );

    const item = await itemOf(requestId);
    expect(item.action.payload).toEqual({ amount: '50.00', note: { a: 1 }, count: 2 });
    expect(approved.stdout.split('\n').slice(1)).toEqual([
      'amount: "49.00" becomes "50.00"',
      'note: "hi" becomes {"a":1}',
      'count: 1 becomes 2',
      `It is about the action ${item.digest}, edited from ${digest}.`,
    ]);
  });

  it('decides nothing about an action that was edited since, unless it is told which one was seen', async () => {
    const { requestId, digest } = await anItem({ editable: ['text'], rule: { quorum: 2 } });
    const edited = await cli.run(['approve', requestId, '--edit', 'text=Delete everything.', '--json'], {
      env: { MANDATE_TOKEN: ben },
    });
    const now = (JSON.parse(edited.stdout) as { digest: string }).digest;

    const blind = await cli.run(['approve', requestId], { env: { MANDATE_TOKEN: ana } });
    const late = await cli.run(['approve', requestId, '--digest', digest], { env: { MANDATE_TOKEN: ana } });
    const still = await itemOf(requestId);
    const seen = await cli.run(['approve', requestId, '--digest', now], { env: { MANDATE_TOKEN: ana } });

    expect(blind).toMatchObject({ exitCode: 2, stdout: '' });
    expect(blind.stderr).toContain('has been edited, and a decision has to name the one you saw');
    expect(blind.stderr).toContain(`mandate inbox ${requestId}; then decide with --digest sha256:`);
    expect(late).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('DigestMismatch') });
    expect(still).toMatchObject({ status: 'pending', votes: [{ by: 'ben' }] });
    expect(seen).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('accepted, the request is approved') });
  });

  it('says of a request that was refused why, and of one that was terminated that it was', async () => {
    const refused = await ask(mandate.client, { channels: ['pigeon'] });
    await refused.result().catch(() => undefined);
    const terminated = await anItem();
    await mandate.client.workflow.getHandle(`approval/${terminated.requestId}`).terminate('wiped out');

    for (const command of ['inbox', 'approve']) {
      const ended = await cli.run([command, requestIdOf(refused.workflowId)], { env: { MANDATE_TOKEN: ana } });
      expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
      expect(ended.stderr).toMatch(/was refused: channels: pigeon is not configured/);
    }
    const shown = await cli.run(['inbox', terminated.requestId]);
    const decided = await cli.run(['approve', terminated.requestId], { env: { MANDATE_TOKEN: ana } });
    expect(shown.stdout).toMatch(/^status +cancelled: terminated by .+ \(wiped out\); it has ended/m);
    expect(shown.stdout).not.toContain('needed');
    expect(decided).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/AlreadyDecided, .*\(wiped out\)/) });
  });

  it('is refused when the token counts no more, or its owner is not asked', async () => {
    const { requestId } = await anItem();
    await mandate.store.principals.add({ id: 'eve', kind: 'person', groups: [], email: null }, BY);
    await mandate.store.principals.add({ id: 'left', kind: 'person', groups: [], email: null }, BY);
    const tokens = {
      expired: await aToken('ana', -1_000),
      revoked: await aToken('ana'),
      left: await aToken('left'),
      eve: await aToken('eve'),
      unknown: newPersonalToken().token,
    };
    await mandate.store.tokens.revoke(tokens.revoked.slice(4, 20), BY);
    await mandate.store.principals.change('left', { active: false }, BY);

    const decided = await Promise.all(
      Object.values(tokens).map((token) => cli.run(['approve', requestId], { env: { MANDATE_TOKEN: token } })),
    );

    expect(decided.map(({ exitCode }) => exitCode)).toEqual([3, 3, 3, 3, 3]);
    for (const [index, why] of [
      /has expired at/,
      /was revoked at/,
      /left was disabled/,
      /eve/,
      /There is no token/,
    ].entries()) {
      expect(decided[index]?.stdout).toMatch(new RegExp(`NotAnApprover, the request is pending: .*${why.source}`));
    }
    expect(await itemOf(requestId)).toMatchObject({ status: 'pending', votes: [] });
  });

  it('is what a name alone does not replace', async () => {
    const { requestId } = await anItem();

    const { exitCode, stdout } = await cli.run(['approve', requestId, '--as', 'ana']);

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/NotAnApprover, .*MANDATE_TOKEN.*mandate prove/);
  });

  it.each([
    [['--as', 'ana'], {}, '--as cannot be used with MANDATE_TOKEN'],
    [['--digest', 'sha256:5'], {}, 'digest: must be sha256: and 64 lower-case hex digits'],
    [['--edit', 'title'], {}, '--edit takes FIELD=VALUE'],
    [['--edit', '=x'], {}, '--edit takes FIELD=VALUE'],
    [['--edit', 'a=1', '--edit', 'a=2'], {}, '--edit names the field "a" twice'],
    [['--edit', 'a={"b":1,"b":2}'], {}, 'duplicate member name "b"'],
    [[], { MANDATE_TOKEN: 'mdt_0123' }, 'MANDATE_TOKEN must be a personal token'],
    [[], { MANDATE_TOKEN_FILE: '/nowhere' }, 'Both MANDATE_TOKEN and MANDATE_TOKEN_FILE are set'],
  ])('refuses %j with %j', async (args, env: Record<string, string>, why) => {
    const { requestId } = await anItem();
    const ended = await cli.run(['approve', requestId, ...args], { env: { MANDATE_TOKEN: ana, ...env } });

    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(why) });
    expect(ended.stderr).not.toContain('mdt_0');
  });
});

describe('mandate run on an embedded server that is not trusted', () => {
  it('says so, and takes what is typed as the decision of the owner of MANDATE_TOKEN', async () => {
    const alone = await openCli({ MANDATE_TRUST_NAMESPACE: 'no' });
    const store = await openStore({ file: join(alone.folder, 'mandate.db') });
    await store.migrate();
    await store.principals.add({ id: 'gus', kind: 'person', groups: [], email: null }, BY);
    const token = await aToken('gus', 3_600_000, store);
    await store.close();

    const run = await alone.run(['run', alone.file('gate.yaml'), '--as', 'gus'], {
      input: 'approve\n',
      env: { MANDATE_TOKEN: token },
    });
    await alone.remove();

    expect(run.stderr).toContain('Decisions here count when they are proven (MANDATE_TRUST_NAMESPACE=no)');
    expect(run.stderr).toContain(`approve by the owner of token ${token.slice(4, 20)}: accepted (now approved)`);
    expect(run.exitCode).toBe(0);
    expect(run.stdout + run.stderr).not.toContain(token.slice(21));
  });
});

describe('mandate prove', () => {
  it('makes what a plain Temporal client sends as a signal', async () => {
    const { requestId, digest } = await anItem({ editable: ['text'] });
    const file = join(cli.folder, 'decision.json');

    const proven = await cli.run(
      ['prove', 'approve', requestId, '--digest', digest, '--reason', 'read it', '--edit', 'text=Later.'],
      // No server and no database are needed.
      { env: { MANDATE_TOKEN: ana, TEMPORAL_ADDRESS: '127.0.0.1:1', MANDATE_DATA: join(cli.folder, 'none') } },
    );
    await writeFile(file, proven.stdout);
    const at = ['--address', mandate.address, '--namespace', mandate.namespace];
    const signal = ['--workflow-id', `approval/${requestId}`, '--name', 'approve', '--input-file', file];
    await execa(inject('temporalBinary'), ['workflow', 'signal', ...at, ...signal]);

    const { status, votes, action } = await until('the request to end', async () => {
      const item = await itemOf(requestId);
      return item.status === 'pending' ? undefined : item;
    });
    expect(status).toBe('approved');
    expect(votes).toMatchObject([{ by: 'ana', reason: 'read it' }]);
    expect(action.payload).toEqual({ text: 'Later.' });
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object).sort()).toEqual([
      'decisionId',
      'digest',
      'edits',
      'proof',
      'reason',
    ]);
    expect(proven.stderr).toContain(`--workflow-id approval/${requestId} --name approve`);
    expect(proven.stdout + proven.stderr).not.toContain(ana.slice(21));
  });

  it.each([
    [['approve', 'r1', '--digest', 'sha256:5'], 'digest: must be sha256: and 64 lower-case hex digits'],
    [['approve', 'r1'], "required option '--digest <digest>' not specified"],
    [['approve', ' ', '--digest', `sha256:${'5'.repeat(64)}`], 'The request id must not be blank'],
    [['reject', 'r1', '--digest', `sha256:${'5'.repeat(64)}`], "required option '--reason <text>' not specified"],
    [['reject', 'r1', '--digest', `sha256:${'5'.repeat(64)}`, '--reason', ' '], 'a rejection needs a reason'],
    [
      ['reject', 'r1', '--digest', `sha256:${'5'.repeat(64)}`, '--reason', 'x', '--edit', 'a=1'],
      "unknown option '--edit'",
    ],
  ])('refuses %j', async (args, why) => {
    const ended = await cli.run(['prove', ...args], { env: { MANDATE_TOKEN: ana } });

    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(why) });
  });

  it('needs a token', async () => {
    const ended = await cli.run(['prove', 'approve', 'r1', '--digest', `sha256:${'5'.repeat(64)}`]);

    expect(ended).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('MANDATE_TOKEN is not set'),
    });
  });
});

describe('proveDecision', () => {
  it('makes a decision that counts once, for its request alone', async () => {
    const first = await anItem({ rule: { quorum: 2 } });
    const second = await anItem();
    const decide = (requestId: string, decision: DecisionWire): Promise<DecisionAnswer> =>
      mandate.client.workflow.getHandle(`approval/${requestId}`).executeUpdate(decideUpdate, { args: [decision] });
    const wire = proveDecision(ben, first.requestId, { verdict: 'approve', digest: first.digest });

    expect(await decide(first.requestId, wire)).toEqual({ outcome: 'accepted', status: 'pending' });
    expect(await decide(first.requestId, wire)).toMatchObject({ outcome: 'accepted', status: 'pending' });
    expect(await decide(first.requestId, { ...wire, verdict: 'reject', reason: 'no' })).toMatchObject({
      outcome: 'Invalid',
      message: expect.stringContaining('mandate prove'),
    });
    expect(await decide(second.requestId, wire)).toMatchObject({ outcome: 'Invalid' });
    expect((await itemOf(first.requestId)).votes).toMatchObject([{ by: 'ben', verdict: 'approve' }]);
  });

  it('refuses what could not count, and shows no token', () => {
    const digest = `sha256:${'5'.repeat(64)}`;

    expect(() => proveDecision(`${ana}x`, 'r1', { verdict: 'approve', digest })).toThrow(
      /^The token must be a personal token, whole and alone: mdt_, 16 hex digits/,
    );
    expect(() => proveDecision(ana, 'r1', { verdict: 'approve' })).toThrow(/^The decision cannot be proven: digest/);
    expect(() => proveDecision(ana, 'r1', { verdict: 'reject', digest })).toThrow(/reason/);
    expect(() => proveDecision(ana, 'r1', { verdict: 'approve', digest, decisionId: 'auto/1' })).toThrow(/reserved/);
  });
});
