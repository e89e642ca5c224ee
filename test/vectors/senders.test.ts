import { expect, test } from 'vitest';
import { judgeSender } from '../../src/policy/sender.ts';
import type { ReceivedMessage, SentMessage } from '../../src/policy/sender.ts';
import { casesOf } from './cases.ts';

interface SenderCase {
  readonly message: ReceivedMessage;
  readonly sent: SentMessage;
  readonly expect: unknown;
}

test.each(casesOf('senders') as readonly [string, SenderCase][])('%s', (_name, each) => {
  expect(judgeSender(each.message, each.sent)).toBe(each.expect);
});
