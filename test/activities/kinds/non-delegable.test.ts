import { expect, it } from 'vitest';
import { readAction } from '../../../src/activities/kinds/table.ts';
import type { JsonObject } from '../../../src/contract/json.ts';

const HOOK = 'https://hooks.example/in';
const BODY = 'All checks pass.';

it.each<[string, JsonObject, JsonObject, readonly string[]]>([
  ['webhook', { url: HOOK }, { body: { text: BODY } }, []],
  [
    'webhook',
    { url: 'https://bank.example/transfers' },
    { body: { amount: 5, currency: 'EUR' } },
    ['irreversible_capital_commit'],
  ],
  ['webhook', { url: HOOK }, { body: { action: 'grant', role: 'admin' } }, ['permission_escalation']],
  ['github_comment', { repo: 'acme/widgets', issue: 1 }, { body: BODY }, []],
  ['github_comment', { repo: 'acme/widgets', issue: 1 }, { body: `${BODY}\n/merge` }, ['permission_escalation']],
  ['notify_routing_update', { route: 'effect_unknown' }, { channels: ['log', 'duty'] }, []],
  ['notify_routing_update', { route: 'effect_unknown' }, { channels: ['log'] }, ['constitutional_rewrite']],
  ['social_post', { network: 'mastodon', account: 'acme' }, { text: BODY }, []],
  ['ledger_done', { item: 'a' }, {}, []],
  [
    'deploy_publish_prevalidated_artifact',
    { registry: 'directory:site', name: 'a', version: '1.0.0' },
    { artifact: 'a.tgz', digest: `sha256:${'0'.repeat(64)}` },
    [],
  ],
])('the effect of %s on %j with %j is %j', (kind, target, payload, classes) => {
  const read = readAction({ kind, target, payload });

  expect(read).toMatchObject({ ok: true, nonDelegable: classes });
});
