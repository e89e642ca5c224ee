import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTicket } from '../../examples/kinds/open-ticket.ts';
import { reader } from '../../src/activities/kinds/table.ts';
import type { ReadyAction } from '../../src/activities/kinds/table.ts';
import { Kind } from '../../src/contract/kinds.ts';
import { openKindContext } from '../support/kind-context.ts';
import type { KindContext } from '../support/kind-context.ts';
import { firstCells, tablesOf } from './tables.ts';

const page = await readFile(new URL('../../docs/kinds.md', import.meta.url), 'utf8');
const TOKEN = 'desk-token';

interface Ticket {
  readonly url: string;
  readonly key: string;
  readonly title: string;
}

/** A desk for tickets, over HTTP. `broken` desks open the ticket and lose the answer. */
let desk: Server;
let url: string;
let tickets: Ticket[] = [];
let broken = false;
let context: KindContext;
beforeAll(async () => {
  desk = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://desk');
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end();
      if (request.method === 'GET') {
        return response.end(JSON.stringify(tickets.filter(({ key }) => key === searchParams.get('key'))));
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const { title, key } = JSON.parse(Buffer.concat(chunks).toString()) as Ticket;
      if (title === 'too vague') return response.writeHead(422).end();
      const ticket = { url: `http://desk${pathname}/${tickets.length + 1}`, key, title };
      tickets.push(ticket);
      if (broken) return response.socket?.destroy();
      return response.writeHead(201).end(JSON.stringify(ticket));
    })();
  });
  await new Promise<void>((resolve) => {
    desk.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`;
  context = await openKindContext({});
});
beforeEach(() => {
  tickets = [];
  broken = false;
});
afterAll(async () => {
  await context.close();
  desk.closeAllConnections();
  desk.close();
});

function action(title = 'The pump leaks', queue = 'plumbing') {
  return { kind: 'open_ticket', target: { queue }, payload: { title, text: 'Since Monday.' } };
}

function read(given: ReturnType<typeof action>): ReadyAction {
  const ready = reader(openTicket({ url, token: TOKEN, queues: ['plumbing'] }))(given);
  if (!ready.ok) throw new Error(ready.reason);
  return ready;
}

describe('the page about kinds', () => {
  it('lists every kind', () => {
    expect(firstCells(tablesOf(page).get('The six kinds')).toSorted()).toEqual(Kind.options.toSorted());
  });

  it('shows the example as it is', async () => {
    const example = await readFile(new URL('../../examples/kinds/open-ticket.ts', import.meta.url), 'utf8');

    const shown = /```ts\n([\s\S]*?)```/.exec(page)?.[1];

    expect(shown).toBe(example);
  });
});

describe('the kind of the example', () => {
  it('carries its action out, and its witness finds it', async () => {
    const ready = read(action());
    const around = context.around(action());

    const acted = await ready.act(around);

    expect(acted).toMatchObject({ happened: { url: 'http://desk/queues/plumbing/tickets/1' } });
    expect(tickets).toMatchObject([{ title: 'The pump leaks', key: around.draft.id }]);
    expect(await ready.witness(around)).toEqual(acted);
    expect(ready.summary).toBe('Open a ticket in plumbing: The pump leaks');
  });

  it('leaves the outcome open when the answer is lost, and its witness finds what happened', async () => {
    broken = true;
    const ready = read(action());
    const around = context.around(action());

    await expect(ready.act(around)).rejects.toThrow('other side closed');

    expect(tickets).toHaveLength(1);
    expect(await ready.witness(around)).toMatchObject({ happened: { key: around.draft.id } });
  });

  it('fails where the desk certainly did nothing, and its witness proves nothing then', async () => {
    const ready = read(action('too vague'));
    const around = context.around(action('too vague'));

    expect(await ready.act(around)).toEqual({ failed: 'Opening a ticket in plumbing: answered 422' });

    expect(await ready.witness(around)).toMatchObject({ unknown: expect.stringContaining('no ticket') as string });
  });

  it('is refused outside of its list, and for a target that does not fit', async () => {
    const elsewhere = action('The pump leaks', 'boilers');

    expect(await read(elsewhere).obstacle(context.around(elsewhere))).toContain('boilers is not on the executor');
    const ready = reader(openTicket({ url, token: TOKEN, queues: [] }))({ ...action(), target: { queue: '../up' } });

    expect(ready).toMatchObject({ ok: false, reason: expect.stringContaining('target of open_ticket') as string });
  });
});
