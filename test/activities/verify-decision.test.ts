import { expect, it } from 'vitest';
import { newPersonalToken, proofOf } from '../../src/activities/decision-proof.ts';
import { verifyDecision } from '../../src/activities/verify-decision.ts';
import type { VerifyDeps } from '../../src/activities/verify-decision.ts';
import type { DecisionWire } from '../../src/contract/decision-wire.ts';
import type { ProvenDecision, Verified } from '../../src/contract/proof.ts';
import { readPersonalToken } from '../../src/policy/personal-token.ts';
import type { PersonalToken } from '../../src/policy/personal-token.ts';
import type { Store } from '../../src/store/open.ts';
import { describeOnSqlite } from '../support/databases.ts';
import type { Fresh } from '../support/databases.ts';

const CREATED = '2026-03-01T09:00:00.000Z';
const ARRIVED = '2026-03-01T12:00:00.000Z';
const BY = { by: 'root', time: '2026-02-01T09:00:00.000Z' };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const DECISION: ProvenDecision = {
  requestId: 'r1',
  decisionId: 'd1',
  verdict: 'approve',
  digest: `sha256:${'5'.repeat(64)}`,
  reason: 'read it',
  group: 'owners',
  edits: { title: 'Hello', count: 2 },
};

interface World {
  readonly store: Store;
  readonly tokenId: string;
  /** The decision as it is sent, with a proof of it; `others` is sent in place of what was proven. */
  readonly sent: (others?: Partial<DecisionWire>, timeMs?: number) => DecisionWire;
  readonly verify: (
    decision: unknown,
    more?: { at?: string; requestId?: string; execution?: string; deps?: Partial<VerifyDeps> },
  ) => Promise<Verified>;
  readonly execute: (statement: string) => Promise<void>;
}

async function aWorld(fresh: Fresh): Promise<World> {
  const database = await fresh();
  const store = await database.open();
  await store.migrate();
  await store.principals.add({ id: 'ada', kind: 'person', groups: ['owners'], email: null }, BY);
  await store.principals.add({ id: 'bot', kind: 'agent', groups: [], email: null }, BY);
  const { token, id, publicKey } = newPersonalToken();
  const expiresAt = '2026-04-01T09:00:00.000Z';
  await store.tokens.issue({ id, principal: 'ada', label: 'laptop', publicKey, expiresAt }, BY);
  return {
    store,
    tokenId: id,
    sent(others = {}, timeMs = Date.parse(ARRIVED)) {
      const { requestId: _request, ...wire } = DECISION;
      return { ...wire, proof: proofOf(owned(token), DECISION, timeMs), ...others };
    },
    verify: (decision, { at = ARRIVED, requestId = 'r1', execution = 'e1', deps = {} } = {}) =>
      verifyDecision(
        { requestId, execution, createdAt: CREATED, arrivedAt: at, decision: decision as DecisionWire },
        { store, trustNamespace: false, ...deps },
      ),
    execute: (statement) => database.execute(statement),
  };
}

function owned(token: string): PersonalToken {
  const read = readPersonalToken(token);
  if (read === undefined) throw new Error('A token that is made can be read.');
  return read;
}

const refused = (outcome: string, message: RegExp): unknown =>
  expect.objectContaining({ ok: false, outcome, message: expect.stringMatching(message) });

const genuineWith = (tokenId: string): unknown => ({ madeWith: tokenId, madeAtMs: Date.parse(ARRIVED) });

describeOnSqlite('a decision with a proof', (fresh) => {
  it('is its author', async () => {
    const { verify, sent, tokenId } = await aWorld(fresh);

    const ada = { ok: true, by: 'ada', provenBy: { kind: 'token', token: tokenId }, genuine: genuineWith(tokenId) };
    expect(await verify(sent())).toEqual(ada);
    expect(await verify(sent({ by: 'ada' }))).toEqual(ada);
    // Members in another order are the same decision.
    expect(await verify(sent({ edits: { count: 2, title: 'Hello' } }))).toEqual(ada);
  });

  it.each<[string, Partial<DecisionWire>]>([
    ['verdict', { verdict: 'reject' }],
    ['digest', { digest: `sha256:${'6'.repeat(64)}` }],
    ['decision id', { decisionId: 'd2' }],
    ['reason', { reason: 'read it.' }],
    ['group', { group: 'security' }],
    ['edits', { edits: { title: 'Hello', count: 3 } }],
    ['additional edit', { edits: { title: 'Hello', count: 2, more: null } }],
  ])('counts for no other %s', async (_what, others) => {
    const { verify, sent } = await aWorld(fresh);

    expect(await verify(sent(others))).toEqual(
      refused(
        'Invalid',
        /^The proof is not for this decision on request r1: a proof covers the request, .*mandate prove/,
      ),
    );
  });

  it.each(['reason', 'group', 'edits'] as const)('does not count when the %s is taken out', async (field) => {
    const { verify, sent } = await aWorld(fresh);
    const { [field]: _taken, ...rest } = sent();

    expect(await verify(rest)).toEqual(refused('Invalid', /not for this decision/));
  });

  it('counts for no other request', async () => {
    const { verify, sent } = await aWorld(fresh);

    expect(await verify(sent(), { requestId: 'r2' })).toEqual(refused('Invalid', /this decision on request r2/));
  });

  it('counts for no later request under the same id, also when both ask about it at once', async () => {
    const { verify, sent } = await aWorld(fresh);
    const elsewhere = refused('Invalid', /was for an earlier request under this id/);

    expect(await verify(sent())).toMatchObject({ ok: true });
    expect(await verify(sent(), { execution: 'e2' })).toEqual(elsewhere);
    expect(await verify(sent())).toMatchObject({ ok: true });
    const both = sent({}, Date.parse(ARRIVED) - MINUTE);
    const verified = await Promise.all(['e1', 'e2'].map((execution) => verify(both, { execution })));
    expect(verified.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('is not used up by somebody who changed it', async () => {
    const { verify, sent } = await aWorld(fresh);

    expect(await verify(sent({ reason: 'other' }), { execution: 'e2' })).toMatchObject({ ok: false });
    expect(await verify(sent())).toMatchObject({ ok: true });
  });

  it.each(['digest', 'decisionId'] as const)('must come with its %s', async (field) => {
    const { verify, sent } = await aWorld(fresh);
    const { [field]: _taken, ...rest } = sent();

    expect(await verify(rest)).toEqual(refused('Invalid', new RegExp(`^${field}: is missing`)));
  });

  it('is refused under another name, and says both', async () => {
    const { verify, sent } = await aWorld(fresh);

    expect(await verify(sent({ by: 'bob' }))).toEqual(refused('Invalid', /names bob, .* a token of ada/));
  });

  it.each([
    ['a little before the request', Date.parse(CREATED) - 5 * MINUTE, undefined],
    ['long before the request', Date.parse(CREATED) - 5 * MINUTE - 1, /older than the request, .*09:00/],
    ['a little ahead of its arrival', Date.parse(ARRIVED) + 5 * MINUTE, undefined],
    ['far ahead of its arrival', Date.parse(ARRIVED) + 5 * MINUTE + 1, /more than 5 minutes ahead .* set the clock/],
  ])('that was made %s is judged by its time', async (_when, timeMs, fault) => {
    const { verify, sent } = await aWorld(fresh);

    const verified = await verify(sent({}, timeMs));

    expect(verified).toMatchObject({ ok: fault === undefined });
    expect('message' in verified ? verified.message : '').toMatch(fault ?? /^$/);
  });

  it('is over after a day', async () => {
    const { verify, sent } = await aWorld(fresh);
    const made = Date.parse(ARRIVED);
    const at = (ms: number): string => new Date(ms).toISOString();

    expect(await verify(sent(), { at: at(made + DAY) })).toMatchObject({ ok: true });
    expect(await verify(sent(), { at: at(made + DAY + 1) })).toEqual(refused('Invalid', /more than 24 hours/));
  });

  it('cannot be given another time', async () => {
    const { verify, sent } = await aWorld(fresh);
    const [version, token, time, signature] = (sent().proof ?? '').split('.');

    const proof = [version, token, Number(time) + 1, signature].join('.');
    expect(await verify(sent({ proof }))).toEqual(refused('Invalid', /not for this decision/));
  });

  it('is refused when its token was revoked, has expired or is unknown', async () => {
    const { verify, sent, store, tokenId } = await aWorld(fresh);
    const stranger = newPersonalToken();

    const expired = await verify(sent(), { at: '2026-04-01T09:00:00.000Z' });
    const unknown = await verify(sent({ proof: proofOf(owned(stranger.token), DECISION, Date.parse(ARRIVED)) }));
    await store.tokens.revoke(tokenId, BY);
    const revoked = await verify(sent());

    expect(expired).toEqual(refused('NotAnApprover', /has expired at 2026-04-01.*mandate tokens create/));
    expect(unknown).toEqual(refused('NotAnApprover', new RegExp(`There is no token ${stranger.id}`)));
    expect(revoked).toEqual(refused('NotAnApprover', /was revoked at/));
  });

  it('is refused when the person is disabled, and counts again afterwards', async () => {
    const { verify, sent, store } = await aWorld(fresh);

    await store.principals.change('ada', { active: false }, BY);
    expect(await verify(sent())).toEqual(refused('NotAnApprover', /ada was disabled at .*mandate people enable/));
    await store.principals.change('ada', { active: true }, BY);
    expect(await verify(sent())).toMatchObject({ ok: true });
  });

  it('is refused to an agent, however it came by a token', async () => {
    const { verify, sent, execute } = await aWorld(fresh);
    await execute(`update tokens set principal = 'bot'`);

    expect(await verify(sent())).toEqual(refused('NotAnApprover', /bot is an agent, and only people decide/));
    await execute(`update tokens set principal = 'nobody'`);
    expect(await verify(sent())).toEqual(refused('NotAnApprover', /owner of the token .* is not known/));
  });

  it('is not verified by a key that somebody has spoilt', async () => {
    const { verify, sent, execute } = await aWorld(fresh);

    for (const key of ['', 'short', '!'.repeat(43), 'A'.repeat(43), '_'.repeat(43), 'B'.repeat(43)]) {
      await execute(`update tokens set public_key = '${key}'`);
      expect(await verify(sent())).toEqual(refused('Invalid', /not for this decision/));
    }
  });

  it('is refused when the proof is malformed', async () => {
    const { verify, sent } = await aWorld(fresh);
    const whole = sent().proof ?? '';

    for (const proof of ['mp1.', `${whole}.`, `${whole} `, whole.slice(0, -1), whole.toUpperCase(), `x${whole}`, '']) {
      expect(await verify(sent({ proof }))).toEqual(refused('Invalid', /mp1\.TOKEN\.TIME\.SIGNATURE/));
    }
    // Another spelling of the same signature's bytes.
    const last = whole.at(-1) ?? '';
    const other = 'AQgw'.includes(last) ? String.fromCharCode(last.charCodeAt(0) + 1) : 'B';
    expect(await verify(sent({ proof: whole.slice(0, -1) + other }))).toMatchObject({ ok: false });
  });

  it('is genuine, though it does not count, when its owner has made it for just this decision', async () => {
    const { verify, sent, store, tokenId } = await aWorld(fresh);

    const misnamed = await verify(sent({ by: 'bob' }));
    const late = await verify(sent(), { at: '2026-03-03T12:00:00.000Z' });
    await store.principals.change('ada', { active: false }, BY);
    const disabled = await verify(sent());

    const genuine = genuineWith(tokenId);
    for (const verified of [misnamed, late, disabled]) expect(verified).toMatchObject({ ok: false, genuine });
  });

  it('need not be remembered when it was made with a token that can never count again', async () => {
    const { verify, sent, store, tokenId } = await aWorld(fresh);

    const expired = await verify(sent(), { at: '2030-03-01T12:00:00.000Z' });
    await store.tokens.revoke(tokenId, BY);

    for (const verified of [expired, await verify(sent())]) {
      expect(verified).toMatchObject({ ok: false, outcome: 'NotAnApprover' });
      expect(verified).not.toHaveProperty('genuine');
    }
  });

  it('is not genuine when another could have made it', async () => {
    const { verify, sent, tokenId } = await aWorld(fresh);
    const { digest: _taken, ...incomplete } = sent();
    const forged = sent({ proof: `mp1.${tokenId}.${Date.parse(ARRIVED)}.${'A'.repeat(86)}` });

    for (const decision of [sent({ reason: 'other' }), incomplete, forged, sent({ proof: 'mp1.' })]) {
      expect(await verify(decision)).not.toHaveProperty('genuine');
    }
  });

  it('does not count by trust when the proof is bad', async () => {
    const { verify, sent } = await aWorld(fresh);

    const verified = await verify(sent({ by: 'ada', reason: 'other' }), { deps: { trustNamespace: true } });
    expect(verified).toMatchObject({ ok: false });
  });
});

describeOnSqlite('a decision by e-mail', (fresh) => {
  it('is judged where that is configured, and refused elsewhere', async () => {
    const { verify } = await aWorld(fresh);
    const mail = { verdict: 'approve', proof: 'mail.x' } as const;
    const ada: Verified = { ok: true, by: 'ada', provenBy: { kind: 'mail', messageId: '<x>' } };

    expect(await verify(mail, { deps: { trustNamespace: true } })).toEqual(refused('Invalid', /not configured/));
    const deps = { verifyMail: () => Promise.resolve(ada) };
    expect(await verify(mail, { deps })).toEqual(ada);
    expect(await verify(mail, { deps, execution: 'e2' })).toEqual(refused('Invalid', /earlier request under this id/));
  });
});

describeOnSqlite('a decision without a proof', (fresh) => {
  it('is whose it says where the namespace is trusted, known here or not', async () => {
    const { verify } = await aWorld(fresh);
    const deps = { trustNamespace: true };

    for (const by of ['ada', 'eve', 'a\0b']) {
      expect(await verify({ by, verdict: 'approve' }, { deps })).toEqual({
        ok: true,
        by,
        provenBy: { kind: 'namespace' },
      });
    }
  });

  it('is no agent, and nobody who is disabled, even there', async () => {
    const { verify, store } = await aWorld(fresh);
    const deps = { trustNamespace: true };
    await store.principals.change('ada', { active: false }, BY);

    expect(await verify({ by: 'bot', verdict: 'approve' }, { deps })).toEqual(refused('NotAnApprover', /is an agent/));
    expect(await verify({ by: 'ada', verdict: 'approve' }, { deps })).toEqual(
      refused('NotAnApprover', /was disabled at/),
    );
    expect(await verify({ verdict: 'approve' }, { deps })).toEqual(refused('Invalid', /does not say whose/));
  });

  it('is nobody where the namespace is not trusted, and is told how to prove it', async () => {
    const { verify } = await aWorld(fresh);

    expect(await verify({ by: 'ada', verdict: 'approve' })).toEqual(
      refused('NotAnApprover', /Nothing proves that this is ada's .*mandate approve.*MANDATE_TOKEN.*mandate prove/),
    );
  });
});
