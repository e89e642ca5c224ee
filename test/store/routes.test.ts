import { expect, it } from 'vitest';
import type { LedgerFact } from '../../src/contract/ledger.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const TIME = '2026-03-01T09:00:00.000Z';

const to = (...channels: string[]) =>
  ({ route: 'effect_unknown', channels, by: `to-${channels.join('-')}`, time: TIME }) as const;

function fact(entryId: string): LedgerFact {
  return { entryId, run: 'run-1', agent: null, type: 'route.changed', time: TIME, body: {} };
}

describeOnEachDatabase('routes', (fresh) => {
  it('add versions, and keep the older ones as they were', async () => {
    const { routes } = await openFresh(fresh);
    expect(await routes.current('effect_unknown')).toBeUndefined();

    const first = await routes.change(to('ops'), () => []);
    const second = await routes.change(to('ops', 'log'), () => []);

    expect(first.previous).toBeUndefined();
    expect(second.previous).toEqual(first.route);
    expect(second.route).toEqual({
      route: 'effect_unknown',
      version: 2,
      channels: ['ops', 'log'],
      changedAt: TIME,
      changedBy: 'to-ops-log',
    });
    expect(await routes.current('effect_unknown')).toEqual(second.route);
    expect(await routes.history('effect_unknown')).toEqual([first.route, second.route]);
    expect(await routes.all()).toEqual([second.route]);
    expect(await routes.current('breaker_opened')).toBeUndefined();
  });

  it('are changed by a draft once, with its facts, also when others have changed them since', async () => {
    const { routes, ledger } = await openFresh(fresh);
    const first = await routes.change(to('ops'), ({ route }) => [fact(`version ${route.version}`)]);
    await routes.change(to('pager'), ({ route }) => [fact(`version ${route.version}`)]);

    const again = await routes.change({ ...to('ops'), time: '2026-03-02T09:00:00.000Z' }, () => [fact('again')]);

    expect(again).toEqual(first);
    expect((await routes.current('effect_unknown'))?.channels).toEqual(['pager']);
    expect((await ledger.entries()).map(({ entryId }) => entryId)).toEqual(['version 1', 'version 2']);
  });

  it('get one version each when many change them at once', async () => {
    const { routes } = await openFresh(fresh);
    const names = Array.from({ length: 8 }, (_none, index) => `channel-${index}`);

    const changed = await Promise.all(names.map((name) => routes.change(to(name), () => [])));

    expect(new Set(changed.map(({ route }) => route.version))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
    const history = await routes.history('effect_unknown');
    expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(history.flatMap(({ channels }) => channels))).toEqual(new Set(names));
  });

  it('are not changed when the facts cannot be kept', async () => {
    const { routes } = await openFresh(fresh);
    const bad = { ...fact('bad'), run: '' };

    await expect(routes.change(to('ops'), () => [bad])).rejects.toMatchObject({ name: 'InvalidFact' });
    expect(await routes.current('effect_unknown')).toBeUndefined();
  });
});
