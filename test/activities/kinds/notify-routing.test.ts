import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../src/activities/artifact-store.ts';
import { readAction } from '../../../src/activities/kinds/table.ts';
import type { ReadyAction, Surroundings } from '../../../src/activities/kinds/table.ts';
import { digestOf } from '../../../src/contract/canonical.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/open.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-routing-'));
  store = await openStore({ file: join(folder, 'store.db') });
  await store.migrate();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

interface Given {
  readonly route?: string;
  readonly channels?: readonly string[];
  readonly more?: object;
}

function action({ route = 'effect_unknown', channels = ['ops'], more = {} }: Given = {}): Parameters<
  typeof readAction
>[0] {
  return { kind: 'notify_routing_update', target: { route }, payload: { channels: [...channels], ...more } };
}

function ready(given: Given = {}): ReadyAction {
  const read = readAction(action(given));
  if (!read.ok) throw new Error(read.reason);
  return read;
}

/** What a draft of this id works with, on an executor that knows the channels `log`, `ops` and `pager`. */
function surroundings(id: string): Surroundings {
  const { kind, target, payload } = action();
  return {
    draft: {
      id,
      kind,
      target,
      payload,
      agent: 'agent-1',
      run: 'run-1',
      digest: digestOf({ kind, target, payload }),
      keyId: 'k1',
      createdAt: '2026-03-01T09:00:00.000Z',
      expiresAt: '2026-03-02T09:00:00.000Z',
    },
    store,
    artifacts: createArtifactStore(join(folder, 'artifacts')),
    settings: {
      registriesFolder: join(folder, 'registries'),
      webhookUrls: [],
      notifyChannels: ['log', 'ops', 'pager'],
      notifyDefaults: ['pager'],
      notifyApprovals: ['log'],
    },
    signal: AbortSignal.timeout(10_000),
  };
}

describe('an update of the routing', () => {
  it('makes a new version, and its receipt has what to go back to', async () => {
    const first = await ready().act(surroundings('draft-1'));
    const second = await ready({ channels: ['log', 'pager'] }).act(surroundings('draft-2'));

    expect(first).toEqual({
      happened: {
        route: 'effect_unknown',
        version: 1,
        channels: ['ops'],
        previous: { version: 0, channels: ['pager'] },
      },
    });
    expect(second).toMatchObject({
      happened: { version: 2, channels: ['log', 'pager'], previous: { version: 1, channels: ['ops'] } },
    });
    expect(await store.routes.current('effect_unknown')).toMatchObject({ version: 2, changedBy: 'draft-2' });
    expect(await store.ledger.entries({ run: 'run-1' })).toMatchObject([
      { type: 'route.changed', agent: 'agent-1', body: { draftId: 'draft-1', version: 1 } },
      { type: 'route.changed', body: { draftId: 'draft-2', previous: { version: 1, channels: ['ops'] } } },
    ]);
  });

  it('knows what held for requests, whose default is another one, and for a priority, which had its class', async () => {
    const previous = async (id: string, route: string): Promise<unknown> => {
      const done = await ready({ route }).act(surroundings(id));
      expect(await ready({ route }).witness(surroundings(id))).toEqual(done);
      return 'happened' in done && done.happened['previous'];
    };

    expect(await previous('draft-1', 'approval_required/P0')).toEqual({ version: 0, channels: ['log'] });
    expect(await previous('draft-2', 'approval_required')).toEqual({ version: 0, channels: ['log'] });
    expect(await previous('draft-3', 'approval_required/P1')).toEqual({ version: 0, channels: ['ops'] });
  });

  it('is done once for a draft, and its witness finds it', async () => {
    expect(await ready().witness(surroundings('draft-1'))).toMatchObject({
      unknown: expect.stringContaining('no version') as string,
    });

    const done = await ready().act(surroundings('draft-1'));
    await ready({ channels: ['log'] }).act(surroundings('draft-2'));
    const again = await ready().act(surroundings('draft-1'));

    expect(again).toEqual(done);
    expect(await ready().witness(surroundings('draft-1'))).toEqual(done);
    expect(await store.routes.history('effect_unknown')).toHaveLength(2);
  });

  it('is kept from a channel that is not there, before anything is changed', async () => {
    const obstacle = await ready({ channels: ['log', 'nowhere'] }).obstacle(surroundings('draft-1'));

    expect(obstacle).toBe('There is no channel nowhere; the executor knows log, ops, pager (MANDATE_NOTIFY_WEBHOOKS).');
    expect(await ready().obstacle(surroundings('draft-1'))).toBeUndefined();
    expect(await store.routes.history('effect_unknown')).toEqual([]);
  });

  it.each<[string, Given, RegExp]>([
    ['a class that does not exist', { route: 'gossip' }, /target of notify_routing_update: route/],
    ['no channel', { channels: [] }, /channels/],
    ['a channel twice', { channels: ['ops', 'ops'] }, /must name each channel once/],
    ['more than ten', { channels: Array.from({ length: 11 }, (_none, index) => `c${index}`) }, /channels/],
    ['a name that no channel can have', { channels: ['Ops!'] }, /channels\[0\]/],
    ['another field', { more: { priority: 'high' } }, /priority/],
  ])('refuses %s', (_what, given, why) => {
    expect(readAction(action(given))).toMatchObject({ ok: false, reason: expect.stringMatching(why) as string });
  });

  it('tells people what it does', () => {
    expect(ready({ channels: ['log', 'ops'] })).toMatchObject({
      reversible: true,
      summary: 'Tell operators of effect_unknown over log, ops',
    });
  });
});
