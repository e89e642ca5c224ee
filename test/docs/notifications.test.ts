import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { webhookChannel } from '../../src/activities/channels/webhook-channel.ts';
import { NotificationClass } from '../../src/contract/notification.ts';
import { freePorts } from '../../src/dev/free-port.ts';
import { aNotification } from '../support/notifications.ts';
import { until } from '../support/until.ts';
import { firstCells, tablesOf } from './tables.ts';

const page = await readFile(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
const SECRET = `whsec_${'a'.repeat(32)}`;

it('the page about notifications lists every class', () => {
  expect(firstCells(tablesOf(page).get('Classes'))).toEqual(NotificationClass.options);
});

it('its receiver takes what is genuine, each delivery once, and nothing else', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mandate-receiver-'));
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
  await symlink(modules, path.join(folder, 'node_modules'), 'junction');
  const program = path.join(folder, 'receiver.mjs');
  await writeFile(program, /```js\n([^`]+)```/.exec(page)?.[1] ?? '');
  const [port] = await freePorts(1);
  const receiver = execa(process.execPath, [program], {
    reject: false,
    env: { MANDATE_NOTIFY_SECRET: SECRET, PORT: String(port) },
  });
  const raised = aNotification();
  const deliver = (secret: string): Promise<void> =>
    webhookChannel('ops', `http://127.0.0.1:${port}/`, secret).deliver(
      { notification: raised, channel: 'ops', time: new Date().toISOString() },
      AbortSignal.timeout(120_000),
    );
  try {
    const forged = await until('the receiver to answer', () =>
      deliver(`whsec_${'b'.repeat(32)}`).catch((error: Error) => error.message.includes('answered') && error.message),
    );
    expect(forged).toBe('Channel ops answered 401.');

    await deliver(SECRET);
    await deliver(SECRET);

    receiver.kill();
    expect((await receiver).stdout).toBe(`mandate.effect_unknown ${raised.message}`);
  } finally {
    receiver.kill();
    await receiver;
    await rm(folder, { recursive: true });
  }
});
