import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutorSettings } from '../../../src/activities/kinds/kind.ts';
import { webhook } from '../../../src/activities/kinds/webhook.ts';
import { freePorts } from '../../../src/dev/free-port.ts';
import { startFakeApi } from '../../support/fake-api.ts';
import type { ApiAnswer } from '../../support/fake-api.ts';
import { startReceiver } from '../../support/receiver.ts';
import type { Receiver } from '../../support/receiver.ts';
import { SELF_SIGNED } from '../../support/self-signed.ts';
import { until } from '../../support/until.ts';

type Context = Parameters<typeof webhook.act>[0];

// An answer that leaves it open, or a connection that ended without a readable one.
const UNKNOWN = /may or may not have been done|other side closed|ECONNRESET|Expected HTTP/;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

function context(url: string, { settings = {}, body = { text: 'hello' }, signal }: Given = {}): Context {
  const target = { url };
  const payload = { body };
  return {
    draft: {
      id: 'draft-1',
      kind: 'webhook',
      target,
      payload,
      agent: 'agent-1',
      run: 'run-1',
      createdAt: '2026-03-01T09:00:00.000Z',
      expiresAt: '2026-03-02T09:00:00.000Z',
      digest: `sha256:${'0'.repeat(64)}`,
      keyId: 'k1',
    },
    target,
    payload,
    // A delivery needs neither.
    store: undefined as never,
    artifacts: undefined as never,
    settings: {
      registriesFolder: '/nowhere',
      webhookUrls: [receiver.url],
      webhookSecret: receiver.env['MANDATE_WEBHOOK_SECRET'],
      ...settings,
    },
    signal: signal ?? new AbortController().signal,
  };
}
interface Given {
  settings?: Partial<ExecutorSettings>;
  body?: Context['payload']['body'];
  signal?: AbortSignal;
}

describe('a delivery', () => {
  it('is signed, has the canonical body, and carries the id of its draft', async () => {
    const acted = await webhook.act(context(`${receiver.url}/ok`, { body: { b: 'ä', a: [1, null] } }));

    expect(acted).toEqual({ happened: { url: `${receiver.url}/ok`, deliveryId: 'draft-1', status: 200 } });
    expect(receiver.bodies('draft-1')).toEqual(['{"a":[1,null],"b":"ä"}']);
    expect(receiver.forged).toBe(0);
  });

  it.each([200, 201, 202, 204])('has happened when it is answered with %i', async (status) => {
    expect(await webhook.act(context(`${receiver.url}/answer/${status}`))).toMatchObject({ happened: { status } });
  });

  it('has happened when the answer breaks off after its status', async () => {
    expect(await webhook.act(context(`${receiver.url}/half`))).toMatchObject({ happened: { status: 200 } });
  });

  it.each([302, 303, 304])(
    'is unknown when it is answered with %i, as one that has taken it may do',
    async (status) => {
      await expect(webhook.act(context(`${receiver.url}/answer/${status}`))).rejects.toThrow(/may or may not/);
      expect(receiver.count('draft-1')).toBe(1);
    },
  );

  it.each([301, 307, 308])('is not led elsewhere by %i, which says that nothing was done', async (status) => {
    const acted = await webhook.act(context(`${receiver.url}/answer/${status}`));

    expect(acted).toEqual({ failed: expect.stringContaining(`redirect (${status}), which is not followed`) });
    expect(receiver.count('draft-1')).toBe(1);
  });

  it.each([400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 428, 429, 431, 451])(
    'was certainly refused with %i, and is not sent again',
    async (status) => {
      const acted = await webhook.act(context(`${receiver.url}/answer/${status}`));

      expect(acted).toMatchObject({ failed: `POST to ${receiver.url}/answer/${status}: answered ${status}` });
      expect(receiver.count('draft-1')).toBe(1);
    },
  );

  it('was refused when that is said before its body was read', async () => {
    expect(await webhook.act(context(`${receiver.url}/early/413`))).toEqual({ failed: expect.stringContaining('413') });
  });

  it('tells how long the receiver wants to be left alone', async () => {
    expect(await webhook.act(context(`${receiver.url}/answer/429`))).toMatchObject({ holdSeconds: 120 });
  });

  it.each([
    'answer/408',
    'answer/409',
    'answer/425',
    'answer/500',
    'answer/502',
    'answer/503',
    'answer/504',
    'cut',
    'reset',
    'garbage',
  ])('has an unknown outcome after /%s, and is not sent again', async (path) => {
    await expect(webhook.act(context(`${receiver.url}/${path}`))).rejects.toThrow(UNKNOWN);

    expect(receiver.count('draft-1')).toBe(1);
  });

  it('has an unknown outcome when the connection breaks before its body was read', async () => {
    await expect(webhook.act(context(`${receiver.url}/cut-early`))).rejects.toThrow(UNKNOWN);
  });

  it('has an unknown outcome when its time is over before an answer', async () => {
    const over = new AbortController();

    const acted = webhook.act(context(`${receiver.url}/hang`, { signal: over.signal }));
    acted.catch(() => undefined);
    await until('the delivery to arrive', () => receiver.count('draft-1') === 1);
    over.abort();

    await expect(acted).rejects.toThrow(/abort/i);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    let arrived = 0;
    const server = createHttpsServer(SELF_SIGNED, () => (arrived += 1));
    const url = `https://hooks.example:${await listen(server)}/`;
    const settings = { webhookUrls: [url], privateAddresses: ['127.0.0.0/8'], lookup: locally };

    const acted = await webhook.act(context(url, { settings }));
    server.close();

    expect(acted).toEqual({ failed: `POST to ${url}: nothing was sent (DEPTH_ZERO_SELF_SIGNED_CERT).` });
    expect(arrived).toBe(0);
  });

  it('has certainly not happened when nobody listens', async () => {
    const url = `http://127.0.0.1:${(await freePorts(1))[0]}/`;

    const acted = await webhook.act(context(url, { settings: { webhookUrls: [url] } }));

    expect(acted).toEqual({ failed: `POST to ${url}: nothing was sent (ECONNREFUSED).` });
  });
});

describe('the witness', () => {
  it('finds a delivery whose receiver keeps it and says so', async () => {
    const given = context(`${receiver.url}/kept/500`);
    await expect(webhook.act(given)).rejects.toThrow(UNKNOWN);

    expect(await webhook.witness?.(given)).toEqual({
      happened: { url: `${receiver.url}/kept/500`, deliveryId: 'draft-1' },
    });
    expect(receiver.count('draft-1')).toBe(1);
    expect(receiver.forged).toBe(0);
  });

  it('does not know of one that the receiver has not had, since it may be under way', async () => {
    expect(await webhook.witness?.(context(`${receiver.url}/kept/500`))).toEqual({
      unknown: expect.stringMatching(/does not say that it has had delivery draft-1/),
    });
  });

  it.each(['answer/500', 'ok', 'hang', 'cut', 'hold', 'early/200'])(
    'does not know at /%s, where look-ups are not answered',
    async (path) => {
      const given = context(`${receiver.url}/${path}`);

      expect(await webhook.witness?.(given)).toEqual({ unknown: expect.stringContaining('answered 404') });
      expect(receiver.count('draft-1')).toBe(0);
    },
  );

  const yes = { delivery: 'draft-1', delivered: true };
  const head = { 'webhook-lookup': 'draft-1' };
  const NO: readonly (readonly [string, ApiAnswer])[] = [
    ['the right words without the header: it answers everything so', { status: 200, body: yes }],
    ['another id in the header', { status: 200, headers: { 'webhook-lookup': 'draft-2' }, body: yes }],
    ['another id', { status: 200, headers: head, body: { ...yes, delivery: 'draft-2' } }],
    ['no', { status: 200, headers: head, body: { ...yes, delivered: false } }],
    ['a truthy word', { status: 200, headers: head, body: { ...yes, delivered: 'true' } }],
    ['neither', { status: 200, headers: head, body: {} }],
    ['a list', { status: 200, headers: head, body: [yes] }],
    ['a web page', { status: 200, headers: head, body: '<html>Welcome</html>' }],
    ['nothing', { status: 200, headers: head, body: '' }],
    ['more than is read', { status: 200, headers: head, body: { ...yes, more: 'x'.repeat(100_000) } }],
    ...[201, 202, 203, 206, 302, 401, 404, 405, 409, 500].map(
      (status) => [`a ${status}`, { status, headers: { ...head, location: '/elsewhere' }, body: yes }] as const,
    ),
  ];
  it.each(NO)('does not take for a yes: %s', async (_what, answer) => {
    const api = await startFakeApi(() => answer);
    try {
      const given = context(`${api.url}/hook`, { settings: { webhookUrls: [api.url] } });

      expect(await webhook.witness?.(given)).toEqual({ unknown: expect.stringContaining('draft-1') });
      expect(api.requests).toHaveLength(1);
    } finally {
      await api.close();
    }
  });

  it('takes that very answer for a yes when nothing is wrong with it, and has signed its question', async () => {
    const api = await startFakeApi(() => ({ status: 200, headers: head, body: yes }));
    try {
      const given = context(`${api.url}/hook?a=b`, { settings: { webhookUrls: [api.url] } });

      expect(await webhook.witness?.(given)).toHaveProperty('happened');

      const [asked] = api.requests;
      expect(asked).toMatchObject({ method: 'GET', body: '', headers: { ...head, 'webhook-id': 'lookup_draft-1' } });
      expect(`${asked?.url.pathname}${asked?.url.search}`).toBe('/hook?a=b');
      const verified = new Webhook(given.settings.webhookSecret ?? '');
      expect(verified.sign('lookup_draft-1', new Date(Number(asked?.headers['webhook-timestamp']) * 1_000), '')).toBe(
        asked?.headers['webhook-signature'],
      );
    } finally {
      await api.close();
    }
  });

  it('asks nobody who is no longer on the list, and nobody behind a private address', async () => {
    const unlisted = context(`${receiver.url}/kept/200`, { settings: { webhookUrls: ['https://hooks.example'] } });
    const unsigned = context(`${receiver.url}/kept/200`, { settings: { webhookSecret: undefined } });
    const url = `http://hooks.example:${new URL(receiver.url).port}/kept/200`;
    const inside = context(url, { settings: { webhookUrls: [url], lookup: locally } });
    await webhook.act(context(`${receiver.url}/kept/200`));

    expect(await webhook.witness?.(unlisted)).toEqual({ unknown: expect.stringContaining('MANDATE_WEBHOOK_URLS') });
    expect(await webhook.witness?.(unsigned)).toEqual({ unknown: expect.stringContaining('MANDATE_WEBHOOK_SECRET') });
    expect(await webhook.witness?.(inside)).toEqual({ unknown: expect.stringContaining('a private address') });
  });
});

describe('where a delivery may go', () => {
  const SETTINGS = {
    webhookUrls: ['https://hooks.example/team', 'http://[::1]:8080', 'https://müller.example/'],
    lookup: publicly,
  };

  it.each([
    'https://hooks.example/team',
    'https://hooks.example/team/a?b=c',
    'https://hooks.example/team/%41/b',
    'http://[::1]:8080/x',
    'http://[::1]:8080',
    'https://xn--mller-kva.example/x',
  ])('%s is on the list', async (url) => {
    expect(webhook.target.safeParse({ url }).success).toBe(true);
    expect(await webhook.obstacle(context(url, { settings: SETTINGS }))).toBeUndefined();
  });

  it.each([
    'http://hooks.example/team',
    'https://hooks.example:444/team',
    'https://hooks.example/teams',
    'https://hooks.example/',
    'https://hooks.example/team/../admin',
    'https://hooks.example/team/%2e%2e/admin',
    'https://hooks.example/team/..%2fadmin',
    'https://hooks.example/team/%2e%2e%5cadmin',
    'https://hooks.example/team/..;/admin',
    'https://hooks.example/team/%zz',
    'https://hooks.example./team',
    'https://hooks.example.evil.example/team',
    'https://evil.example/https://hooks.example/team',
    'http://[::1]:8081/',
    'http://127.0.0.1:8080/',
    'http://localhost:8080/',
    'https://muller.example/',
  ])('%s is not', async (url) => {
    expect(await webhook.obstacle(context(url, { settings: SETTINGS }))).toMatch(
      /is not on the executor's list; add it to MANDATE_WEBHOOK_URLS \(now: https:\/\/hooks\.example\/team, /,
    );
  });

  it.each([
    'https://ana:secret@hooks.example/team',
    'https://ana@hooks.example/team',
    'https://hooks.example@evil.example/team',
    'https://hooks.example/te\nam',
    'https://hooks.example/te\u202Eam',
    'ftp://hooks.example/team',
    'javascript:alert(1)',
    '//hooks.example/team',
    `https://hooks.example/${'a'.repeat(2_000)}`,
  ])('%j is no target at all', (url) => {
    expect(webhook.target.safeParse({ url }).success).toBe(false);
  });

  it.each([
    ['http://0x7f.1/x', 'http://127.0.0.1/x'],
    ['https://аpple.example/x', 'https://xn--pple-43d.example/x'],
    ['https://HOOKS.EXAMPLE/team', 'https://hooks.example/team'],
    ['https://hooks.example:443/team', 'https://hooks.example/team'],
    ['http://[0:0:0:0:0:0:0:1]:8080/x', 'http://[::1]:8080/x'],
    ['https://hooks.example/team/../admin', 'https://hooks.example/admin'],
    ['https://hooks.example/team/%2e%2E/admin', 'https://hooks.example/admin'],
    [String.raw`https://hooks.example/team\..\admin`, 'https://hooks.example/admin'],
    ['https://hooks.example?a', 'https://hooks.example/?a'],
  ])('%s is not taken as it is written, but as it would be sent', (url, sent) => {
    const read = webhook.target.safeParse({ url });

    expect(read.error?.issues.map(({ message }) => message)).toEqual([`must be written as it is sent, ${sent}`]);
    expect(webhook.target.safeParse({ url: sent }).success).toBe(true);
  });

  it('a body may have 256 KiB in its canonical form, and no byte more', () => {
    const fits = { body: 'ä'.repeat(128 * 1024 - 1) };

    expect(webhook.payload.safeParse(fits).success).toBe(true);
    expect(webhook.payload.safeParse({ body: `${fits.body}x` }).success).toBe(false);
    expect(webhook.payload.safeParse({}).success).toBe(false);
  });

  it('nothing is sent without a secret to sign with', async () => {
    const given = context(`${receiver.url}/ok`, { settings: { webhookSecret: undefined } });

    expect(await webhook.obstacle(given)).toBe('The executor has no MANDATE_WEBHOOK_SECRET to sign with.');
  });
});

describe('where a name leads', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00::1',
    'fec0::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
  ])('to %s it may not, since that is private and not listed', async (address) => {
    const settings = { webhookUrls: ['http://hooks.example'], lookup: async () => [{ address, family: 0 }] };
    const given = context('http://hooks.example/ok', { settings });

    expect(await webhook.obstacle(given)).toBe(
      `hooks.example leads to ${address}, a private address that is not listed; add it to MANDATE_PRIVATE_ADDRESSES if it is meant.`,
    );
    expect(await webhook.act(given)).toEqual({
      failed: 'POST to http://hooks.example/ok: nothing was sent (MANDATE_ADDRESS_NOT_ALLOWED).',
    });
  });

  it.each(['93.184.216.34', '2606:4700::1111', '64:ff9b::5db8:d822', '::ffff:93.184.216.34'])(
    'to %s it may, since that is public',
    async (address) => {
      const settings = { webhookUrls: ['http://hooks.example'], lookup: async () => [{ address, family: 0 }] };

      expect(await webhook.obstacle(context('http://hooks.example/ok', { settings }))).toBeUndefined();
    },
  );

  it('one private address among public ones is enough to refuse it', async () => {
    const lookup = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    const given = context('http://hooks.example/ok', { settings: { webhookUrls: ['http://hooks.example'], lookup } });

    expect(await webhook.obstacle(given)).toMatch(/leads to 10\.0\.0\.1, a private address/);
  });

  it.each([['127.0.0.0/8'], ['10.0.0.0/8', '127.0.0.1/32']])('to a listed network it may: %s', async (...networks) => {
    const { port } = new URL(receiver.url);
    const url = `http://hooks.example:${port}/ok`;
    const settings = { webhookUrls: [url], privateAddresses: networks, lookup: locally };

    expect(await webhook.obstacle(context(url, { settings }))).toBeUndefined();
    expect(await webhook.act(context(url, { settings }))).toMatchObject({ happened: { status: 200 } });
    expect(receiver.count('draft-1')).toBe(1);
  });

  it('what was checked is what is connected to, whatever the DNS answers next', async () => {
    const { port } = new URL(receiver.url);
    const url = `http://hooks.example:${port}/ok`;
    const answers = ['93.184.216.34', '127.0.0.1'];
    const lookup = async () => [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
    const given = context(url, { settings: { webhookUrls: [url], lookup } });

    expect(await webhook.obstacle(given)).toBeUndefined();
    expect(await webhook.act(given)).toEqual({ failed: expect.stringContaining('MANDATE_ADDRESS_NOT_ALLOWED') });

    expect(answers).toEqual([]);
    expect(receiver.count('draft-1')).toBe(0);
  });

  it('asks once for each connection', async () => {
    const { port } = new URL(receiver.url);
    const url = `http://hooks.example:${port}/ok`;
    const asked: string[] = [];
    const lookup = async (name: string) => {
      asked.push(name);
      return locally();
    };

    await webhook.act(context(url, { settings: { webhookUrls: [url], privateAddresses: ['127.0.0.0/8'], lookup } }));

    expect(asked).toEqual(['hooks.example']);
  });

  it('nowhere is an obstacle, and certainly not sent', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    const given = context('http://hooks.example/ok', { settings: { webhookUrls: ['http://hooks.example'], lookup } });

    expect(await webhook.obstacle(given)).toBe(
      "hooks.example does not resolve (ENOTFOUND); check the name and this machine's DNS.",
    );
    expect(await webhook.act(given)).toEqual({
      failed: 'POST to http://hooks.example/ok: nothing was sent (ENOTFOUND).',
    });
  });

  it.each([
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127.0.0.1.',
    'http://１２７.0.0.1',
  ])('an address in an odd form is that address: %s', async (odd) => {
    const { port } = new URL(receiver.url);
    const url = `${odd}:${port}/ok`;

    const listed = context(url);
    const unlisted = context(url, { settings: { webhookUrls: ['http://hooks.example'] } });

    expect(await webhook.obstacle(listed)).toBeUndefined();
    expect(await webhook.act(listed)).toMatchObject({ happened: { status: 200 } });
    expect(await webhook.obstacle(unlisted)).toMatch(/is not on the executor's list/);
  });

  it('localhost may lead to this machine where it is listed itself, and no other name may', async () => {
    const { port } = new URL(receiver.url);
    const local = `http://localhost:${port}/ok`;
    const allowed = { settings: { webhookUrls: [local], lookup: locally } };
    const elsewhere = { settings: { webhookUrls: [local], lookup: async () => [{ address: '10.0.0.1', family: 4 }] } };
    const alias = `http://local.example:${port}/ok`;

    expect(await webhook.obstacle(context(local, allowed))).toBeUndefined();
    expect(await webhook.act(context(local, allowed))).toMatchObject({ happened: { status: 200 } });
    expect(await webhook.obstacle(context(local, elsewhere))).toMatch(/leads to 10\.0\.0\.1, a private address/);
    expect(
      await webhook.obstacle(context(alias, { settings: { webhookUrls: [local, alias], lookup: locally } })),
    ).toMatch(/local\.example leads to 127\.0\.0\.1, a private address/);
  });
});

async function publicly(): Promise<{ address: string; family: number }[]> {
  return [{ address: '93.184.216.34', family: 4 }];
}

async function locally(): Promise<{ address: string; family: number }[]> {
  return [{ address: '127.0.0.1', family: 4 }];
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
