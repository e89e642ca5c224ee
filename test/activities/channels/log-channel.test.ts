import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { logChannel } from '../../../src/activities/channels/log-channel.ts';
import { aNotification } from '../../support/notifications.ts';

it('the log channel writes one entry, whose fields cannot pass for those of the log', async () => {
  const entries: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => entries.push(entry));
  const raised = aNotification({ details: { level: 'TRACE', message: 'all is well' } });
  const { message, ...rest } = raised;

  await new MockActivityEnvironment({}, { logger }).run(() =>
    logChannel.deliver(
      { notification: raised, channel: 'log', time: '2026-03-01T09:00:00.000Z' },
      new AbortController().signal,
    ),
  );

  expect(entries).toMatchObject([
    { level: 'WARN', message, meta: { notification: { ...rest, time: '2026-03-01T09:00:00.000Z' } } },
  ]);
});
