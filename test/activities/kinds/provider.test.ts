import { expect, it } from 'vitest';
import { readAction } from '../../../src/activities/kinds/table.ts';

const POSTED = { kind: 'social_post', payload: { text: 'hello' } };
const PUBLISHED = {
  kind: 'deploy_publish_prevalidated_artifact',
  payload: { artifact: 'pump.tgz', digest: `sha256:${'a'.repeat(64)}` },
};

it.each([
  [{ kind: 'webhook', target: { url: 'https://a.example/x?y=1' }, payload: { body: 1 } }, 'https://a.example'],
  [{ ...POSTED, target: { network: 'mastodon', account: 'shop' } }, 'mastodon shop'],
  [{ ...PUBLISHED, target: { registry: 'npm:main', name: 'pump', version: '1.0.0' } }, 'npm:main'],
])('an action says whom it goes to: %j', (action, provider) => {
  expect(readAction(action as Parameters<typeof readAction>[0])).toMatchObject({ ok: true, provider });
});

it('an action names nobody where one provider serves its kind', () => {
  const action = { kind: 'ledger_done', target: { item: 'pump' }, payload: {} };

  expect(readAction(action as Parameters<typeof readAction>[0])).not.toHaveProperty('provider', expect.anything());
});
