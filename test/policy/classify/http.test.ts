import { describe, expect, it } from 'vitest';
import { classesOf } from '../../../src/policy/classify/finding.ts';
import { classifyHttp } from '../../../src/policy/classify/http.ts';

const GITHUB = 'https://api.github.com';
const HOOK = 'https://hooks.example/in';

describe('a request that nobody may delegate', () => {
  it.each([
    ['ruleset_disable', 'DELETE', `${GITHUB}/repos/a/b/rulesets/1`, undefined],
    ['ruleset_disable', 'PUT', `${GITHUB}/orgs/a/rulesets/1`, { enforcement: 'disabled' }],
    ['ruleset_disable', 'delete', `${GITHUB}/repos/a/b/branches/main/protection`, undefined],
    ['ruleset_disable', 'DELETE', `${GITHUB}/repos/a/b/branches/release%2F1/protection/enforce_admins`, undefined],
    ['ruleset_disable', 'DELETE', `${GITHUB}//repos/a/b/x/../rulesets/1?x=y`, undefined],
    ['ruleset_disable', 'PATCH', 'https://ghe.example/api/v3/repos/a/b/branches/main/protection', {}],
    ['ruleset_disable', 'DELETE', 'https://gitlab.example/api/v4/projects/1/protected_branches/main', undefined],
    [
      'ruleset_disable',
      'POST',
      `${GITHUB}/graphql`,
      { query: 'mutation { updateRepositoryRuleset(input: {}) { x } }' },
    ],
    ['force_push_shared', 'PATCH', `${GITHUB}/repos/a/b/git/refs/heads/main`, { sha: 'x', force: true }],
    ['force_push_shared', 'DELETE', `${GITHUB}/repos/a/b/git/refs/heads/release/1`, undefined],
    ['permission_escalation', 'PUT', `${GITHUB}/repos/a/b/collaborators/me`, { permission: 'push' }],
    ['permission_escalation', 'PUT', `${GITHUB}/orgs/a/teams/t/memberships/me`, { role: 'member' }],
    ['permission_escalation', 'POST', `${GITHUB}/repos/a/b/keys`, { key: 'x' }],
    ['permission_escalation', 'PATCH', `${GITHUB}/repos/a/b`, { private: false }],
    ['permission_escalation', 'POST', 'https://app.example/v1/users', { name: 'me', role: 'admin' }],
    ['permission_escalation', 'PATCH', 'https://app.example/v1/users/7', { is_admin: true }],
    ['permission_escalation', 'POST', HOOK, { action: 'grant', user: 'me', roles: ['owner'] }],
    ['permission_escalation', 'POST', HOOK, { action: 'set_role', user: 'me', role: 'administrator' }],
    ['permission_escalation', 'POST', `${GITHUB}/repos/a/b/issues/1/comments`, { body: '/lgtm' }],
    ['constitutional_rewrite', 'PUT', `${GITHUB}/repos/a/b/contents/.github/CODEOWNERS`, { content: 'eA==' }],
    ['cross_account_ops', 'POST', `${GITHUB}/repos/a/b/transfer`, { new_owner: 'c' }],
    ['venture_kill', 'DELETE', `${GITHUB}/repos/a/b`, undefined],
    ['venture_kill', 'DELETE', `${GITHUB}/orgs/a`, undefined],
    ['venture_kill', 'DELETE', 'https://cloud.example/v1/organizations/7', undefined],
    ['venture_kill', 'DELETE', 'https://cloud.example/account', undefined],
    ['venture_kill', 'POST', 'https://cloud.example/v1/accounts/7/close', {}],
    ['public_truth_claim', 'POST', `${GITHUB}/repos/a/b/releases`, { tag_name: 'v1' }],
    ['public_truth_claim', 'PATCH', `${GITHUB}/repos/a/b/releases/7`, { draft: false }],
    ['public_truth_claim', 'POST', 'https://mastodon.example/api/v1/statuses', { status: 'x' }],
    ['public_truth_claim', 'PUT', 'https://registry.npmjs.org/widgets', {}],
    ['irreversible_capital_commit', 'POST', 'https://api.stripe.com/v1/charges', 'amount=100'],
    ['irreversible_capital_commit', 'POST', 'https://API.stripe.com./v1/payouts', {}],
    ['irreversible_capital_commit', 'POST', 'https://api.stripe.com:443/v1/invoices/in_1/pay', undefined],
    ['irreversible_capital_commit', 'POST', 'https://api-m.paypal.com/v2/checkout/orders/1/capture', {}],
    ['irreversible_capital_commit', 'POST', 'https://bank.example/api/transfers', { amount: '10.50', currency: 'EUR' }],
    ['irreversible_capital_commit', 'POST', 'https://bank.example/api/createTransfer', { amount: 10, currency: 'EUR' }],
    ['irreversible_capital_commit', 'POST', HOOK, { action: 'pay', invoice: { total: 99, currency_code: 'USD' } }],
    ['irreversible_capital_commit', 'POST', HOOK, { type: 'purchase', items: [{ price: '1,200', currency: 'usd' }] }],
    ['irreversible_capital_commit', 'POST', HOOK, { transfer: { amount: 5, currency: 'usd' } }],
    ['irreversible_capital_commit', 'POST', HOOK, { data: [{ refundCustomer: { total: 5, currency: 'usd' } }] }],
    ['irreversible_capital_commit', 'POST', HOOK, { pay: 5, currency: 'usd' }],
    ['irreversible_capital_commit', 'POST', HOOK, { action: 'transfer', amount: 5000 }],
    ['irreversible_capital_commit', 'POST', HOOK, { command: 'pay', invoice: { amount: '10.00' } }],
    ['irreversible_capital_commit', 'POST', HOOK, '{"action":"transfer","amount":5000,"currency":"usd"}'],
    ['irreversible_capital_commit', 'POST', HOOK, { payload: ' {"transfer":{"amount":5,"currency":"usd"}}' }],
    [
      'irreversible_capital_commit',
      'POST',
      HOOK,
      { a: JSON.stringify({ b: JSON.stringify({ action: 'pay', amount: 5 }) }) },
    ],
    ['permission_escalation', 'POST', HOOK, { payload: '{"action":"grant","roles":["owner"]}' }],
    [
      'ruleset_disable',
      'POST',
      `${GITHUB}/graphql`,
      [{ query: 'query { a }' }, { query: 'mutation { deleteRepositoryRuleset(input: {}) { x } }' }],
    ],
    [
      'ruleset_disable',
      'POST',
      `${GITHUB}/graphql`,
      '{"query":"mutation { deleteRepositoryRuleset(input: {}) { x } }"}',
    ],
    ['venture_kill', 'POST', `${GITHUB}/graphql`, { query: 'mutation { archiveRepository(input: {}) { x } }' }],
    ['force_push_shared', 'POST', `${GITHUB}/graphql`, { query: 'mutation{deleteRef(input:{refId:"R_1"}){x}}' }],
    [
      'force_push_shared',
      'POST',
      `${GITHUB}/graphql`,
      { query: 'mutation($i:I!){updateRef(input:$i){x}}', variables: { i: { refId: 'R_1', force: true } } },
    ],
    [
      'force_push_shared',
      'POST',
      `${GITHUB}/graphql`,
      {
        query: 'mutation($i:I!){updateRefs(input:$i){x}}',
        variables: { i: { refUpdates: [{ name: 'refs/heads/main', afterOid: '0'.repeat(40) }] } },
      },
    ],
    [
      'force_push_shared',
      'POST',
      `${GITHUB}/graphql`,
      { query: 'mutation { updateRefs(input: {refUpdates: [{name: "refs/heads/main", force: true}]}) { x } }' },
    ],
    ['ruleset_disable', 'PUT', `${GITHUB}/repos/a/b/actions/workflows/7/disable`, undefined],
    ['permission_escalation', 'PUT', `${GITHUB}/repos/a/b/actions/secrets/T`, { encrypted_value: 'x' }],
    ['permission_escalation', 'POST', `${GITHUB}/orgs/a/actions/variables`, { name: 'x' }],
    ['venture_kill', 'PATCH', `${GITHUB}/repos/a/b`, { archived: true }],
  ])('%s: %s %s %j', (which, method, url, body) => {
    expect(classesOf(classifyHttp({ method, url, body }))).toContain(which);
  });
});

describe('a request that is nothing special', () => {
  it.each([
    ['GET', `${GITHUB}/repos/a/b/rulesets/1`, undefined],
    ['HEAD', `${GITHUB}/repos/a/b`, undefined],
    ['POST', `${GITHUB}/repos/a/b/rulesets`, { name: 'stricter' }],
    ['DELETE', `${GITHUB}/repos/a/b/issues/comments/1`, undefined],
    ['DELETE', `${GITHUB}/repos/a/b/collaborators/me`, undefined],
    ['DELETE', `${GITHUB}/orgs/a/members/me`, undefined],
    ['DELETE', `${GITHUB}/repos/a/b/git/refs/heads/feature/x`, undefined],
    ['PATCH', `${GITHUB}/repos/a/b/git/refs/heads/main`, { sha: 'x' }],
    ['PATCH', `${GITHUB}/repos/a/b`, { description: 'private: false' }],
    ['POST', `${GITHUB}/repos/a/b/releases`, { tag_name: 'v1', draft: true }],
    ['PATCH', `${GITHUB}/repos/a/b/releases/7`, { body: 'x' }],
    ['POST', `${GITHUB}/repos/a/b/issues/1/comments`, { body: 'All checks pass.' }],
    ['PUT', `${GITHUB}/repos/a/b/contents/README.md`, { content: 'eA==' }],
    ['POST', `${GITHUB}/graphql`, { query: 'query { repository { deleteBranchProtectionRule } }' }],
    ['POST', 'https://api.stripe.com/v1/customers', { email: 'x' }],
    ['GET', 'https://api.stripe.com/v1/charges', undefined],
    ['POST', 'https://api-m.sandbox.paypal.com/v1/payments/payouts', {}],
    ['POST', 'https://api.stripe.com.evil.example/v1/charges', {}],
    ['POST', HOOK, { text: 'Ship it on Monday.' }],
    ['POST', HOOK, { text: 'We paid 100 EUR.', amount: 100 }],
    ['POST', HOOK, { event: 'payment.succeeded', amount: 100, currency: 'EUR' }],
    ['POST', HOOK, { event: 'order.created', total: 100, currency: 'EUR' }],
    ['POST', HOOK, { type: 'invoice', total: 100, currency: 'EUR' }],
    ['POST', HOOK, { action: 'pay', amount: 3, unit: 'kg' }],
    ['POST', HOOK, { action: 'pay', amount: 0, currency: 'EUR' }],
    ['POST', HOOK, { event: 'order.created', order: { total: 100, currency: 'EUR' } }],
    ['POST', HOOK, { event: 'refund.created', refund: { amount: 100, currency: 'EUR' } }],
    ['POST', HOOK, { payment: { amount: 100, currency: 'EUR' }, text: 'Thanks' }],
    ['POST', HOOK, { transfer: { amount: 3, from: 'a', to: 'b' } }],
    ['POST', HOOK, { transfer: 'none', total: 5, currency: 'EUR' }],
    ['POST', HOOK, { action: 'paid', amount: 5000 }],
    ['POST', HOOK, { action: 'restock', amount: 5000 }],
    ['POST', HOOK, { type: 'order', total: 3 }],
    ['POST', HOOK, { text: 'transfer {"amount":5,"currency":"usd"}' }],
    ['POST', HOOK, '{"action":"transfer","amount":'],
    ['POST', HOOK, { text: '[x] done' }],
    ['POST', `${GITHUB}/graphql`, [{ query: 'query { deleteRef }' }]],
    ['POST', `${GITHUB}/graphql`, { query: 'mutation { updateRef(input: {refId: "R_1", oid: "x"}) { x } }' }],
    [
      'POST',
      `${GITHUB}/graphql`,
      { query: 'mutation { updateRefs(input: {refUpdates: [{name: "refs/heads/feature/x", force: true}]}) { x } }' },
    ],
    ['POST', `${GITHUB}/graphql`, { query: 'mutation { addComment(input: {body: "see deleteRef"}) { x } }' }],
    ['GET', `${GITHUB}/repos/a/b/actions/secrets`, undefined],
    ['PATCH', `${GITHUB}/repos/a/b`, { archived: false }],
    ['PUT', `${GITHUB}/repos/a/b/actions/workflows/7/enable`, undefined],
    ['POST', 'https://shop.example/payments/reports', { rows: 3 }],
    ['POST', HOOK, { user: { name: 'Ana', role: 'admin' }, text: 'hello' }],
    ['POST', HOOK, { action: 'grant', user: 'me', role: 'reader' }],
    ['POST', 'https://app.example/v1/users', { name: 'me', role: 'viewer' }],
    ['DELETE', 'https://cloud.example/v1/organizations/7/tokens/1', undefined],
    ['DELETE', 'https://cloud.example/v1/items/7', undefined],
    ['POST', '', {}],
    ['POST', 'not a url', {}],
    ['POST', 'https://hooks.example/%zz', {}],
  ])('%s %s %j', (method, url, body) => {
    expect(classifyHttp({ method, url, body })).toEqual([]);
  });
});

it('looks as deep into a body as any action may nest, and survives one that is deeper', () => {
  const nested = (depth: number): unknown =>
    Array.from({ length: depth }).reduce<unknown>((body) => ({ body }), { amount: 1, currency: 'EUR' });
  const pay = (depth: number): readonly string[] =>
    classesOf(classifyHttp({ method: 'POST', url: 'https://bank.example/pay', body: nested(depth) }));

  expect(pay(100)).toEqual(['irreversible_capital_commit']);
  expect(pay(50_000)).toEqual([]);
});
