import { expect, test } from 'vitest';
import { readReply } from '../../src/policy/reply.ts';
import type { ReplyType } from '../../src/policy/reply.ts';
import { casesOf } from './cases.ts';

interface ReplyCase {
  readonly body: string;
  readonly contentType?: ReplyType;
  readonly expect: unknown;
}

test.each(casesOf('replies') as readonly [string, ReplyCase][])('%s', (_name, each) => {
  expect(readReply(each.body, each.contentType)).toEqual(each.expect);
});
