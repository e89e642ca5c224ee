import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { fetch, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { certainlyNotSent } from '../../../src/activities/kinds/sent.ts';
import { freePorts } from '../../../src/dev/free-port.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A port on which `greet` meets whoever connects. */
async function listen(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer(greet);
  open.push(() => server.close());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(code), { code, syscall });
}

describe('what certainly was not sent', () => {
  it('is a request whose connection was refused, by fetch, by request and for each address of a name', async () => {
    const [port] = await freePorts(1);

    const errors = [
      await thrownBy(globalThis.fetch(`http://127.0.0.1:${port}/`)),
      await thrownBy(fetch(`http://127.0.0.1:${port}/`)),
      await thrownBy(request(`http://127.0.0.1:${port}/`)),
      await thrownBy(request(`http://localhost:${port}/`)),
    ];

    expect(errors.map((error) => certainlyNotSent(error))).toEqual(Array(4).fill('ECONNREFUSED'));
  });

  it('is a request to a name that does not exist', async () => {
    const error = await thrownBy(request('http://no-such-name.invalid/'));

    expect(certainlyNotSent(error)).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('is not a request whose connection was cut', async () => {
    const port = await listen((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
    });

    const error = await thrownBy(request(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' }));

    expect(error).toBeInstanceOf(Error);
    expect(certainlyNotSent(error)).toBeUndefined();
  });

  it.each([
    ['a reset while reading', systemError('ECONNRESET', 'read')],
    ['a host that was lost while reading', systemError('EHOSTUNREACH', 'read')],
    ['a timeout of nobody knows what', systemError('ETIMEDOUT')],
    ['a timeout of the answer', systemError('UND_ERR_HEADERS_TIMEOUT')],
    ['no error', 'ECONNREFUSED'],
    ['no attempt at all', new AggregateError([])],
    ['two attempts, one of them open', new AggregateError([systemError('ECONNREFUSED', 'connect'), new Error('?')])],
  ])('is not %s', (_what, error) => {
    expect(certainlyNotSent(error)).toBeUndefined();
  });

  it('survives an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;

    expect(certainlyNotSent(error)).toBeUndefined();
  });
});
