import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

/** Passes everything on but what the reader marks as seen: that is held back, or breaks the connection. */
interface Proxy {
  readonly port: number;
  marks: 'passed' | 'held' | 'cut';
  /** How often something was not passed on. */
  readonly stopped: number;
  close(): void;
}

async function startProxy(to: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let stopped = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (data) => {
      if (proxy.marks === 'passed' || !data.includes(' UID STORE ')) {
        upstream.write(data);
        return;
      }
      stopped += 1;
      if (proxy.marks === 'cut') client.destroy();
    });
    upstream.on('data', (data) => client.write(data));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    marks: 'passed',
    get stopped() {
      return stopped;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

describe.skipIf(inject('dovecotTrouble') !== '')('a reader of mail that ends after it handed a mail over', () => {
  let world: MailWorld;
  let proxy: Proxy;
  let mandate: Mandate;
  beforeEach(async () => {
    world = await startMailWorld();
    proxy = await startProxy(world.dovecot.port);
    const imap = world.dovecot.url.replace(`:${world.dovecot.port}/`, `:${proxy.port}/`);
    mandate = await startMandate({ env: { ...world.env, MANDATE_IMAP_URL: imap }, roles: ['worker', 'mail'] });
  });
  afterEach(async () => {
    await mandate.stop();
    proxy.close();
    await world.close();
  });

  // The lists may show only now what was handed over before.
  const repliesSince = (time: string) =>
    mandate.client.workflow.count(`WorkflowType = "reply" AND StartTime > "${time}"`).then(({ count }) => count);

  it.each(['held', 'cut'] as const)('loses nothing and decides nothing twice (%s)', async (marks) => {
    const began = new Date().toISOString();
    proxy.marks = marks;
    await world.send({ as: 'ana@example.org', text: 'APPROVE' });
    await until('the mark to be stopped', () => proxy.stopped > 0);
    await until('the reply', async () => (await repliesSince(began)) === 1);
    expect(await world.dovecot.unseen()).toBe(1);

    if (marks === 'held') await mandate.rest(['mail']);
    proxy.marks = 'passed';
    if (marks === 'held') await mandate.work(['mail']);

    await until('the mail to be seen', async () => (await world.dovecot.unseen()) === 0);
    await world.letterTo('ana@example.org');
    expect(await repliesSince(began)).toBe(1);
    const told = world.people.messages.filter(({ to }) => to.includes('ana@example.org'));
    expect(told.map(({ parsed }) => parsed.text)).toEqual([
      expect.stringContaining('answers no message that asked you'),
    ]);
  });
});
